/** What a shell may offer: the commands and options of the command line, as they are declared. */
import type { Command } from 'commander';
import { OPTION_VALUES } from './values.js';

export interface OptionNode {
  /** `--output`; null where it has only a short form. */
  readonly long: string | null;
  /** `-o` */
  readonly short: string | null;
  readonly description: string;
  /** Whether a word follows: always, sometimes ([file]), never. */
  readonly value: 'required' | 'optional' | 'none';
  /** What that word may be, where that is a fixed set; else it is a file. */
  readonly words: readonly string[];
  /** Several of them, separated by commas. */
  readonly list: boolean;
}

export interface CommandNode {
  readonly name: string;
  /** From the program on, without it: ['export', 'c']. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
  /** What its arguments may be, where that is a fixed set of words; else they are files. */
  readonly words: readonly string[];
}

export function describeCommand(command: Command, path: readonly string[] = []): CommandNode {
  const help = command.createHelp();
  return {
    name: command.name(),
    path,
    description: command.description(),
    options: help.visibleOptions(command).map((option) => ({
      long: option.long ?? null,
      short: option.short ?? null,
      description: option.description,
      value: option.required ? 'required' : option.optional ? 'optional' : 'none',
      ...valuesOf(path, option.long),
    })),
    commands: help.visibleCommands(command).map((sub) => describeCommand(sub, [...path, sub.name()])),
    words: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
}

function valuesOf(path: readonly string[], long: string | undefined): Pick<OptionNode, 'words' | 'list'> {
  const values = long === undefined ? undefined : OPTION_VALUES[path.join(' ')]?.[long];
  return { words: values?.words ?? [], list: values?.list ?? false };
}

/** The node and all below it. */
export function walk(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(walk)];
}

/** In the order declared: --long and -s forms, or only those after which a word must come. */
export function optionWords(node: CommandNode, which: 'all' | 'required' = 'all'): string[] {
  return node.options
    .filter(({ value }) => which === 'all' || value === 'required')
    .flatMap(({ long, short }) => [long, short].filter((word) => word !== null));
}

/** In single quotes, for all three shells; line feeds become blanks. */
export function quote(text: string): string {
  return `'${text.replace(/\s+/g, ' ').replaceAll("'", String.raw`'\''`)}'`;
}
