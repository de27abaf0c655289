/** What every page has around its content: title and favicon that tell the urgency, product and instance, the style sheet, the way back. */
import { html, raw } from 'hono/html';
import type { Urgency } from '../urgency.ts';
import { exact, type Html } from './marks.ts';
import { STYLE } from './style.ts';
import { addressWith, type View } from './view.ts';

/** A step on the way from the overview to the page; the last one is the page itself and leads nowhere. */
export interface Step {
  readonly name: string;
  readonly href?: string;
}

/** One page. */
export interface Page {
  readonly title: string;
  /** Absent where nothing is known. */
  readonly urgency: Urgency | undefined;
  /** The way from the overview; empty on the overview itself. */
  readonly way: readonly Step[];
  /** The same as JSON. */
  readonly json: string;
  readonly content: Html;
}

/** Cross, disc with a bar, clock, disc and dashed ring: the tab tells the urgency without its colour too. */
const ICONS: Readonly<Record<Urgency | 'unknown', string>> = {
  users_affected: "<path d='M2 2l12 12M14 2L2 14' stroke='%23d1453b' stroke-width='3.5'/>",
  on_fallback: "<path d='M8 1l7 14H1z' fill='%23d98c1f'/>",
  would_not_hold: "<circle cx='8' cy='8' r='6' fill='none' stroke='%238a5cf0' stroke-width='3'/>",
  fine: "<circle cx='8' cy='8' r='7.5' fill='%232e9e5b'/>",
  unknown: "<circle cx='8' cy='8' r='6.5' fill='none' stroke='%23808790' stroke-width='2' stroke-dasharray='3 2'/>",
};

const DEFAULT_REFRESH = 30;

/** The whole document. */
export async function layout({ title, urgency, way, json, content }: Page, view: View): Promise<string> {
  const steps: readonly Step[] = [way.length === 0 ? { name: 'Status' } : { name: 'Status', href: '/' }, ...way];
  const { version, instanceId, now } = view;
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Warmspare</title>
<link rel="icon" href="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>${raw(ICONS[urgency ?? 'unknown'])}</svg>">
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<p><strong>Warmspare</strong> <span class="soft">${version}, instance <span title="${instanceId}">${instanceId.slice(0, 8)}</span></span></p>
<nav aria-label="Where you are"><ol>${steps.map(({ name, href }) => (href === undefined ? html`<li aria-current="page">${name}</li>` : html`<li><a href="${href}">${name}</a></li>`))}</ol></nav>
<nav aria-label="The same for programs, and what to do"><a href="${json}">JSON</a> <a href="/metrics">Metrics</a> <a href="/runbooks">Runbooks</a></nav>
</header>
<main>
${content}
</main>
<footer><p>As of <time datetime="${new Date(now).toISOString()}">${exact(now, view)}</time>. ${refreshing(view)}</p>
<form method="get" action="/timezone" class="zone"><input type="hidden" name="back" value="${view.address}"><label>Also show times in<input name="zone" value="${view.timeZone ?? ''}" placeholder="Europe/Berlin" maxlength="64" autocomplete="off"></label><button type="submit">Set</button></form>
</footer>
</body>
</html>
`;
  return String(page);
}

function refreshing(view: View): Html {
  if (view.refresh === undefined) {
    const href = addressWith(view, 'refresh', String(DEFAULT_REFRESH));
    return html`Reload to update, or <a href="${href}">reload every ${DEFAULT_REFRESH} seconds</a>.`;
  }
  return html`Reloads every ${view.refresh} seconds. <a href="${addressWith(view, 'refresh', undefined)}">Stop</a>`;
}
