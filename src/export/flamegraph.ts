/** A flame graph as one SVG file, or as one HTML file in which it can be zoomed and searched. */
import { PHASES } from '../analysis/phases/model.js';
import { shown, shownText } from '../analysis/text.js';
import { html } from '../report/html/escape.js';
import { count, duration, share } from '../report/units.js';
import { flameLayout, type FlameBox, type FlameLayout } from './flame-layout.js';
import { FLAME_SCRIPT } from './flame-script.js';
import type { Stack } from '../analysis/stacks.js';
import type { StackMeasure } from './stack-formats.js';

const WIDTH = 1200;
const ROW = 19;
const HEAD = 44;
const CHAR = 6.6;
const NARROWEST_PX = 0.4;

/** One hue per phase, so that the eye finds a phase again in every program. */
const HUES = new Map(Object.values(PHASES).map((title, i, all) => [title as string, Math.round((360 / all.length) * i)]));

const STYLE = `
.flame{font:11px ui-monospace,monospace;background:#fff;color:#111}
.flame text{fill:#111;pointer-events:none}
.flame .title{font:600 14px system-ui,sans-serif;fill:currentColor}
.flame .note{font:12px system-ui,sans-serif;fill:currentColor;opacity:.75}
.flame rect{stroke:#fff;stroke-width:.5}
.flame g:focus{outline:none}
.flame g:focus rect,.flame g:hover rect{stroke:#000;stroke-width:1}
.flame .found rect{fill:#e0007a!important}
@media (prefers-color-scheme:dark){.flame{background:#16181d;color:#e8e8e8}.flame rect{stroke:#16181d}}`;

export interface FlameOptions {
  readonly by: StackMeasure;
  readonly title: string;
}

/** Stands alone: no script, no font, no request. Each box has a title for pointers and screen readers. */
export function flameSvg(stacks: readonly Stack[], { by, title }: FlameOptions): string {
  const layout = flameLayout(stacks, by, NARROWEST_PX / WIDTH);
  const height = HEAD + (layout.depth + 1) * ROW + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="flame" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${html(shownText(title))}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="8" y="18">${html(shownText(title))}</text>`,
    `<text class="note" x="8" y="35">${html(note(layout, by))}</text>`,
    ...layout.boxes.map((box) => boxSvg(box, layout, by)),
    '</svg>\n',
  ].join('\n');
}

function note(layout: FlameLayout, by: StackMeasure): string {
  const { calls, seconds } = layout.total;
  const what = by === 'calls' ? `${count(calls)} calls` : `${duration(seconds * 1e9)} inside ${count(calls)} calls, as strace saw it (tracing inflates every call)`;
  const hidden = layout.hidden === 0 ? '' : `; ${count(layout.hidden)} boxes too narrow to draw`;
  return `${what}; program, phase, directories, file, syscall from top to bottom${hidden}`;
}

function boxSvg(box: FlameBox, layout: FlameLayout, by: StackMeasure): string {
  const x = box.left * WIDTH;
  const width = box.width * WIDTH;
  const y = HEAD + box.depth * ROW;
  const whole = by === 'calls' ? share(box.calls, layout.total.calls) : share(box.seconds, layout.total.seconds);
  const time = layout.total.seconds > 0 ? `, ${duration(box.seconds * 1e9)}` : '';
  const place = box.frames.map(shown).join(' > ');
  const label = `${place === '' ? 'all' : place}: ${count(box.calls)} calls${time} (${whole})`;
  const room = Math.floor((width - 6) / CHAR);
  const name = box.depth === 0 ? 'all' : shown(box.name);
  const text = room < 3 ? '' : name.length <= room ? name : `${name.slice(0, room - 1)}…`;
  const at = `data-x="${box.left.toFixed(7)}" data-w="${box.width.toFixed(7)}" data-n="${html(name)}"`;
  return (
    `<g ${at}><title>${html(label)}</title><rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${ROW - 1}" fill="${colour(box)}"/>` +
    `<text x="${(x + 3).toFixed(2)}" y="${y + 13}">${html(text)}</text></g>`
  );
}

/** By phase; lighter with depth, and a little different from its neighbours. */
function colour({ frames }: FlameBox): string {
  if (frames.length < 2) return frames.length === 0 ? '#c9ccd3' : '#d8dbe2';
  let hash = 0;
  for (const c of frames.at(-1)!) hash = (hash * 31 + c.charCodeAt(0)) | 0;
  const hue = HUES.get(frames[1]) ?? 0;
  return `hsl(${(hue + (Math.abs(hash) % 17) - 8 + 360) % 360} 62% ${70 + (Math.abs(hash >> 5) % 12)}%)`;
}

/** The same in a page of its own, with zoom (click, Enter), search and back (Escape). Readable without the script. */
export function flameHtml(stacks: readonly Stack[], options: FlameOptions): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${html(shownText(options.title))}</title>
<style>:root{color-scheme:light dark}body{margin:16px;font:14px system-ui,sans-serif;background:#fff;color:#111}svg{width:max(100%,60rem);height:auto}
label{position:sticky;left:16px;display:inline-block;max-width:calc(100vw - 32px);margin:0 0 8px}small{margin-left:1em;opacity:.75}
@media (prefers-color-scheme:dark){body{background:#16181d;color:#e8e8e8}}@media print{label{display:none}svg{width:100%}}</style></head>
<body><label>Search <input type="search" id="search" placeholder="part of a name"> <span id="found" role="status"></span><small>Click or Enter zooms, Escape goes back.</small></label>
${flameSvg(stacks, options)}<script>${FLAME_SCRIPT}</script></body></html>
`;
}
