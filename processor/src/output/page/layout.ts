/** What every page has around its content: title and favicon that tell the state, the style sheet, the way back. */
import { html, raw } from 'hono/html';
import type { Verdict } from '../status-json.ts';
import { exact, type Html } from './marks.ts';
import { STYLE } from './style.ts';

/** A step on the way from the overview to the page; the last one is the page itself and leads nowhere. */
export interface Step {
  readonly name: string;
  readonly href?: string;
}

/** One page. */
export interface Page {
  readonly title: string;
  readonly verdict: Verdict;
  /** The way from the overview; empty on the overview itself. */
  readonly way: readonly Step[];
  /** The same as JSON. */
  readonly json: string;
  readonly content: Html;
  readonly now: number;
}

/** Disc, cross and dashed ring: the tab tells the state without its colour too. */
const ICONS: Readonly<Record<Verdict, string>> = {
  fresh: "<circle cx='8' cy='8' r='7' fill='%232e9e57'/>",
  not_fresh:
    "<circle cx='8' cy='8' r='7.5' fill='%23c62f29'/><path d='M5 5l6 6M11 5l-6 6' stroke='white' stroke-width='2'/>",
  unknown: "<circle cx='8' cy='8' r='6.5' fill='none' stroke='%23808790' stroke-width='2' stroke-dasharray='3 2'/>",
};

/** The whole document. */
export async function layout({ title, verdict, way, json, content, now }: Page): Promise<string> {
  const steps: readonly Step[] = [way.length === 0 ? { name: 'Status' } : { name: 'Status', href: '/' }, ...way];
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Warmspare</title>
<link rel="icon" href="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>${raw(ICONS[verdict])}</svg>">
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<nav aria-label="Where you are"><ol>${steps.map(({ name, href }) => (href === undefined ? html`<li aria-current="page">${name}</li>` : html`<li><a href="${href}">${name}</a></li>`))}</ol></nav>
<nav aria-label="The same for programs"><a href="${json}">JSON</a> <a href="/metrics">Metrics</a></nav>
</header>
<main>
${content}
</main>
<footer><p>As of <time datetime="${new Date(now).toISOString()}">${exact(now)}</time>. Load the page again for now.</p></footer>
</body>
</html>
`;
  return String(page);
}
