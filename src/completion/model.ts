/** What a shell may offer: the commands and options of the command line, as they are declared. */
import type { Command } from 'commander';

export interface OptionNode {
  /** `--output`; null where it has only a short form. */
  readonly long: string | null;
  /** `-o` */
  readonly short: string | null;
  readonly description: string;
  /** Whether a word follows: always, sometimes ([file]), never. */
  readonly value: 'required' | 'optional' | 'none';
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
    })),
    commands: help.visibleCommands(command).map((sub) => describeCommand(sub, [...path, sub.name()])),
    words: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
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
