/** For fish: one `complete` line per command and option (complete(1)). */
import { walk, type CommandNode, type OptionNode } from './model.js';

export function fishCompletion(root: CommandNode): string {
  const lines = walk(root).flatMap((node) => [...commandLines(root, node), ...optionLines(root, node)]);
  return `# fish completion for ${root.name}: ${root.name} completion fish | source
${lines.join('\n')}
`;
}

/** Single quotes of fish know \\' and \\\\. */
function quoted(text: string): string {
  return `'${text.replace(/\s+/g, ' ').replace(/[\\']/g, String.raw`\$&`)}'`;
}

function within({ path }: CommandNode): string {
  return path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
}

function commandLines(root: CommandNode, node: CommandNode): string[] {
  if (node.words.length > 0) return [`complete -c ${root.name} -n ${quoted(within(node))} -f -a ${quoted(node.words.join(' '))}`];
  if (node.commands.length === 0) return [];
  const names = node.commands.map(({ name }) => name).join(' ');
  const condition = node === root ? '__fish_use_subcommand' : `${within(node)}; and not __fish_seen_subcommand_from ${names}`;
  return node.commands.map(({ name, description }) => `complete -c ${root.name} -n ${quoted(condition)} -f -a ${name} -d ${quoted(description)}`);
}

function optionLines(root: CommandNode, node: CommandNode): string[] {
  const condition = node === root ? '__fish_use_subcommand' : within(node);
  return node.options.map(({ long, short, description, value, words, list }) => {
    const forms = [long === null ? '' : ` -l ${long.slice(2)}`, short === null ? '' : ` -s ${short.slice(1)}`].join('');
    return `complete -c ${root.name} -n ${quoted(condition)}${forms}${argument(value, words, list)} -d ${quoted(description)}`;
  });
}

function argument(value: OptionNode['value'], words: readonly string[], list: boolean): string {
  if (value !== 'required') return '';
  if (words.length === 0) return ' -r -F';
  return ` -x -a ${quoted(list ? `(__fish_complete_list , 'printf "%s\\n" ${words.join(' ')}')` : words.join(' '))}`;
}
