/** For bash 4.1 and newer: programmable completion (bash(1), "Programmable Completion"). */
import { optionWords, quote, walk, type CommandNode } from './model.js';

/** What the word before the current one asks for. */
function valueCases({ options }: CommandNode): string[] {
  const cases = options.filter(({ words }) => words.length > 0).map(({ long, short, words, list }) => {
    const forms = [long, short].filter((form) => form !== null).join('|');
    return `        ${forms}) values=${quote(words.join(' '))}${list ? ' list=yes' : ''} ;;`;
  });
  return cases.length === 0 ? [] : ['      case "$previous" in', ...cases, '      esac'];
}

export function bashCompletion(root: CommandNode): string {
  const nodes = walk(root);
  const key = ({ path }: CommandNode): string => quote(path.map((word) => ` ${word}`).join(''));
  const paths = nodes.slice(1).map(key);
  const cases = nodes.map((node) => {
    const words = optionWords(node);
    return [
      `    ${key(node)})`,
      `      options=${quote(words.join(' '))}`,
      `      valued=${quote(` ${optionWords(node, 'required').join(' ')} `)}`,
      ...valueCases(node),
      `      words=${quote([...node.commands.map(({ name }) => name), ...node.words].join(' '))} ;;`,
    ].join('\n');
  });
  return `# bash completion for ${root.name}: source <(${root.name} completion bash)
_uring_replay() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command='' options='' valued='' words='' values='' list='' i
  COMPREPLY=()
  # --order=deps comes as three words, --order= as two.
  if [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $current == = ]]; then
    current=''
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    # What follows -- is somebody else's command line.
    [[ \${COMP_WORDS[i]} == -- ]] && return
    case "$command \${COMP_WORDS[i]}" in
      ${paths.join('|')}) command+=" \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  if [[ -n $values ]]; then
    local before=''
    [[ -n $list && $current == *,* ]] && before=\${current%,*},
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$values" -- "\${current##*,}")
    return
  fi
  # No reply means file names (complete -o default).
  [[ -n $previous && $valued == *" $previous "* ]] && return
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -o bashdefault -o default -F _uring_replay ${root.name}
`;
}
