/** A snapshot goes in, the status page comes out as HTML without script or any other file. State is told by word and shape, never by colour alone. */
import { html, raw } from 'hono/html';
import type { Snapshot, TargetSnapshot, TargetState } from '../types/snapshot.ts';
import { ago } from './duration.ts';
import { STYLE } from './page-style.ts';
import { sentenceOf } from './sentence.ts';
import { statusDocument, type Verdict } from './status-json.ts';

type Html = ReturnType<typeof html>;

const WORDS: Readonly<Record<TargetState, string>> = {
  never_exercised: 'never exercised',
  failing: 'failing',
  stale: 'stale',
  fresh: 'fresh',
};

/** A ring, a cross, a clock hand and a disc: told apart without colour. */
const SHAPES: Readonly<Record<TargetState, string>> = {
  never_exercised:
    '<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.1"/>',
  failing: '<path d="M2 2l12 12M14 2L2 14" stroke="currentColor" stroke-width="3"/>',
  stale:
    '<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M8 4v4.5l3 2" fill="none" stroke="currentColor" stroke-width="2"/>',
  fresh: '<circle cx="8" cy="8" r="7.5" fill="currentColor"/>',
};

const VERDICTS: Readonly<Record<Verdict, { title: string; className: string; icon: string }>> = {
  fresh: { title: 'Every fallback worked lately', className: 'fresh', icon: '%23146c34' },
  not_fresh: { title: 'Some fallbacks may not work', className: 'failing', icon: '%23b3201b' },
  unknown: { title: 'Nobody can tell yet', className: 'none', icon: '%235a6068' },
};

/** The whole page. */
export async function renderPage(snapshot: Snapshot): Promise<string> {
  const { verdict, reason } = statusDocument(snapshot);
  const { title, className, icon } = VERDICTS[verdict];
  const chains = Map.groupBy(snapshot.targets, ({ service, chain }) =>
    JSON.stringify([service.namespace, service.name, service.environment, chain]),
  );
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Warmspare</title>
<link rel="icon" href="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='7' fill='${raw(icon)}'/></svg>">
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<nav aria-label="Views"><a href="/" aria-current="page">Status</a> <a href="/status.json">JSON</a> <a href="/metrics">Metrics</a></nav>
<div class="verdict ${className}"><h1>${title}</h1><p>${reason}</p></div>
</header>
<main>
${[...chains.values()].map((targets) => section(targets, snapshot.now))}
${unassigned(snapshot)}
</main>
<footer>
<p>As of ${time(snapshot.now, snapshot.now)}. ${snapshot.watermarks.map(({ service, at }) => html`Newest span of ${service.name}: ${time(at, snapshot.now)}. `)}</p>
</footer>
</body>
</html>
`;
  return String(page);
}

function section(targets: readonly TargetSnapshot[], now: number): Html | string {
  const [first] = targets;
  if (first === undefined) return '';
  const { namespace, name, environment } = first.service;
  const where = [
    name && `service ${name}`,
    namespace && `namespace ${namespace}`,
    environment && `environment ${environment}`,
  ];
  return html`<section>
<h2>${first.chain}</h2>
<table>
<caption>${where.filter(Boolean).join(', ') || 'any service'}</caption>
<thead><tr><th scope="col">Target</th><th scope="col">State</th><th scope="col">What is known</th><th scope="col">Last success</th></tr></thead>
<tbody>
${targets.map((target) => row(target, now))}
</tbody>
</table>
</section>
`;
}

function row(target: TargetSnapshot, now: number): Html {
  const { lastSuccess } = target;
  return html`<tr>
<th scope="row">${target.target}<small>${target.routeType}${target.rank === undefined ? '' : `, rank ${target.rank}`}</small></th>
<td>${state(target)}</td>
<td>${sentenceOf(target, now)}</td>
<td data-label="Last success">${lastSuccess === undefined ? html`<span class="soft">never</span>` : time(lastSuccess.at, now)}</td>
</tr>
`;
}

function state({ state, undeclared }: TargetSnapshot): Html {
  if (state === undefined) return html`<span class="state none">${undeclared ? 'undeclared' : 'no status'}</span>`;
  return html`<span class="state ${state}"><svg viewBox="0 0 16 16" aria-hidden="true">${raw(SHAPES[state])}</svg>${WORDS[state]}</span>`;
}

function unassigned({ unassigned, now }: Snapshot): Html | string {
  if (unassigned.length === 0) return '';
  return html`<section>
<h2>Calls of no known chain</h2>
<table>
<caption>LLM calls that no chain claims. Declare a chain for them, or match them in the configuration.</caption>
<thead><tr><th scope="col">Model</th><th scope="col">Service</th><th scope="col">Calls</th><th scope="col">Last seen</th></tr></thead>
<tbody>
${unassigned.map(
  ({ service, provider, requestModel, calls, lastSeen }) => html`<tr>
<th scope="row">${requestModel ?? 'no model named'}<small>${provider ?? ''}</small></th>
<td data-label="Service">${service.name}</td><td data-label="Calls">${calls}</td><td data-label="Last seen">${time(lastSeen, now)}</td>
</tr>
`,
)}
</tbody>
</table>
</section>
`;
}

function time(at: number, now: number): Html {
  const exact = new Date(at).toISOString();
  return html`<time datetime="${exact}" title="${exact}">${at === now ? `${exact.slice(0, 19).replace('T', ' ')} UTC` : ago(at, now)}</time>`;
}
