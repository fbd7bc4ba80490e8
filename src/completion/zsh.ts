/** For zsh: a function per command, in the notation of _arguments (zshcompsys(1)). */
import { quote, walk, type CommandNode, type OptionNode } from './model.js';

export function zshCompletion(root: CommandNode): string {
  const functions = walk(root).map(functionOf).join('\n');
  return `#compdef ${root.name}
# zsh completion for ${root.name}: write it to a file _${root.name} in a folder of $fpath, or source it.
${functions}
if [[ $funcstack[1] == _${root.name} ]]; then
  ${nameOf(root)} "$@"
else
  compdef ${nameOf(root)} ${root.name}
fi
`;
}

function nameOf({ path }: CommandNode): string {
  return ['_uring_replay', ...path].join('_').replace(/[^\w]/g, '_');
}

function functionOf(node: CommandNode): string {
  const specs = node.options.flatMap(optionSpecs);
  const name = nameOf(node);
  if (node.commands.length === 0) {
    return `${name}() {\n  _arguments -S -s \\\n    ${[...specs, node.words.length > 0 ? `'1:word:(${node.words.join(' ')})'` : "'*:file:_files'"].join(' \\\n    ')}\n}`;
  }
  const items = node.commands.map(({ name: sub, description }) => quote(`${sub}:${description}`));
  const cases = node.commands.map((sub) => `      ${sub.name}) ${nameOf(sub)} ;;`);
  return `${name}() {
  local state line curcontext=$curcontext
  local -a commands=(
    ${items.join('\n    ')}
  )
  _arguments -C \\
    ${[...specs, "'1:command:->command'", "'*::argument:->rest'"].join(' \\\n    ')}
  case $state in
    command) _describe command commands ;;
    rest) case $words[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
}

/** `(-o --output)-o[the log]:value:_files`, one for each form. */
function optionSpecs({ long, short, description, value, words, list }: OptionNode): string[] {
  const forms = [short, long].filter((form) => form !== null);
  const text = description.replace(/[[\]\\:]/g, String.raw`\$&`);
  const action = words.length === 0 ? '_files' : list ? `_values -s , value ${words.join(' ')}` : `(${words.join(' ')})`;
  const argument = value === 'none' ? '' : `${value === 'optional' ? '::' : ':'}value:${action}`;
  const others = forms.length > 1 ? `(${forms.join(' ')})` : '';
  return forms.map((form) => quote(`${others}${form}[${text}]${argument}`));
}
