/** The frame of a report: one file that asks for nothing, with its style inside it. */
import { h, raw, type Markup, type Section } from './parts.js';
import { STYLE } from './style.js';

/** No script runs and nothing is fetched, whatever a log or result holds. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

export function page(title: string, lead: Markup, sections: readonly Section[], foot: string): string {
  const links = sections.map(({ id, title: text }) => h`<li><a href="#${id}">${text}</a></li>`);
  const bodies = sections.map(({ id, title: text, body }) => h`<section id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${text}</h2>\n${body}\n</section>\n`);
  return h`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header><h1>${title}</h1></header>
<main id="main">
${lead}
<nav aria-label="Sections"><ol>${links}</ol></nav>
${bodies}</main>
<footer><p>${foot}</p></footer>
</body>
</html>
`.markup;
}
