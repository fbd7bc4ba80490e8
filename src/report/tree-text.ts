/** The processes of a log for the terminal and as JSON. */
import pc from 'picocolors';
import { jsonPath, safeJson, shown } from '../analysis/text.js';
import { shorten, terminalWidth, wrap } from './prose.js';
import { count, duration } from './units.js';
import type { Program, TreeProcess } from '../analysis/tree.js';

export function treeJson(tree: readonly TreeProcess[]): string {
  const plain = (process: TreeProcess): object => ({
    ...process,
    programs: process.programs.map((program) => ({ ...program, path: jsonPath(program.path), argv: program.argv.map(jsonPath) })),
    most: Object.fromEntries(process.most),
    children: process.children.map(plain),
  });
  return safeJson(tree.map(plain)) + '\n';
}

/** What is wider than `width` goes on in the next line; a path that alone is wider is shortened. */
export function treeText(tree: readonly TreeProcess[], width = terminalWidth()): string {
  const lines: string[] = [];
  const put = (first: string, next: string, text: string, paint = (line: string): string => line): void => {
    wrap(text, Math.max(1, width - next.length)).forEach((line, i) => {
      lines.push(shorten((i === 0 ? first : next) + paint(line), width));
    });
  };
  const walk = (process: TreeProcess, lead: string, branch: string, below: string): void => {
    const indent = lead + below;
    const stem = `${indent}${process.children.length > 0 ? '│ ' : '  '}  `;
    put(lead + branch, `${stem}  `, title(process, branch !== ''));
    put(stem, stem, figures(process), pc.dim);
    for (const program of process.programs.slice(1)) put(stem, `${stem}  `, `then ${command(program)}`);
    process.children.forEach((child, i) => {
      const last = i === process.children.length - 1;
      walk(child, indent, last ? '└─ ' : '├─ ', last ? '   ' : '│  ');
    });
  };
  for (const process of tree) walk(process, '', '', '');
  return `${lines.join('\n')}\n`;
}

function title(process: TreeProcess, child: boolean): string {
  const none = process.thread ? 'thread' : child ? 'copy of its parent, which ran no other program' : 'no exec in the log';
  const what = process.programs.length > 0 ? command(process.programs[0]) : pc.dim(none);
  return `${pc.bold(String(process.pid))} ${what}`;
}

/** As one would type it; arguments that need it in single quotes. */
function command({ path, argv }: Program): string {
  const quoted = argv.slice(1).map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${shown(arg).replaceAll("'", "'\\''")}'`));
  return [shown(path), ...quoted].join(' ');
}

function figures({ calls, errors, start, end, most, ending }: TreeProcess): string {
  const time = start === null || end === null ? [] : [duration((end - start) * 1e9)];
  const top = most.slice(0, 3).map(([name, n]) => `${name} ${count(n)}`).join(', ');
  const how = ending === null ? 'alive when the log ended' : shown(ending);
  return [`${count(calls)} ${calls === 1 ? 'call' : 'calls'} (${top})`, `${count(errors)} ${errors === 1 ? 'error' : 'errors'}`, ...time, how].join(', ');
}
