/** A snapshot and a query go in, the overview comes out: the verdict, the filters, then every chain with its ladder, worst chain first. */
import { html } from 'hono/html';
import type { Snapshot, TargetSnapshot, TargetState } from '../types/snapshot.ts';
import { ASSUMPTION_HEADERS, assumptionCells } from './page-assumptions.ts';
import { layout } from './page-layout.ts';
import { type Html, stateMark, WORDS, when } from './page-marks.ts';
import { chainHref, type OverviewQuery, overviewHref, targetHref } from './page-query.ts';
import { sentenceOf } from './sentence.ts';
import { type Verdict, verdictOf } from './status-json.ts';
import { unassignedSnippet } from './unassigned-snippet.ts';
import { STATES, worstFirst } from './worst-first.ts';

/** Chains on one page: enough for most, and ten thousand rows stay quick to read and to draw. */
const CHAINS_A_PAGE = 50;

const TITLES: Readonly<Record<Verdict, { title: string; className: string }>> = {
  fresh: { title: 'Every fallback worked lately', className: 'fresh' },
  not_fresh: { title: 'Some fallbacks may not work', className: 'failing' },
  unknown: { title: 'Nobody can tell yet', className: 'none' },
};

/** The page at `/`; `problems` are those of Warmspare itself. */
export function renderOverview(snapshot: Snapshot, query: OverviewQuery, problems: readonly string[]): Promise<string> {
  const { verdict, reason } = verdictOf(snapshot);
  const { title, className } = TITLES[verdict];
  const chains = chainsOf(
    snapshot.targets.filter((target) => isIn(target, query)),
    query.state,
  );
  const pages = Math.max(1, Math.ceil(chains.length / CHAINS_A_PAGE));
  const page = Math.min(query.page, pages);
  const shown = chains.slice((page - 1) * CHAINS_A_PAGE, page * CHAINS_A_PAGE);
  const content = html`<div class="verdict ${className}"><h1>${title}</h1><p>${reason}</p></div>
${problems.map((problem) => html`<p class="notice"><strong>Warmspare itself:</strong> ${problem}</p>`)}
${snapshot.targets.length === 0 ? firstSteps() : filters(snapshot, query)}
${shown.map((targets) => chainSection(targets, snapshot.now))}
${chains.length === 0 && snapshot.targets.length > 0 ? html`<p>No row matches. <a href="/">Show all</a></p>` : ''}
${pages > 1 ? paging({ ...query, page }, pages) : ''}
${page === pages ? unassignedCalls(snapshot) : ''}
${newestSpans(snapshot)}`;
  return layout({ title, verdict, here: undefined, content, now: snapshot.now });
}

const isIn = ({ service }: TargetSnapshot, query: OverviewQuery): boolean =>
  (query.service === undefined || service.name === query.service) &&
  (query.environment === undefined || service.environment === query.environment);

/** With a state asked for, the chains that have a target in it, whole: a rung says little without its ladder. */
function chainsOf(targets: readonly TargetSnapshot[], state: TargetState | undefined): (readonly TargetSnapshot[])[] {
  const chains = [...Map.groupBy(targets, chainHref).values()];
  return worstFirst(
    state === undefined ? chains : chains.filter((chain) => chain.some((target) => target.state === state)),
  );
}

function filters({ targets }: Snapshot, query: OverviewQuery): Html {
  const values = (of: (target: TargetSnapshot) => string): string[] =>
    [...new Set(targets.map(of))].filter((value) => value !== '').sort();
  const options = (
    name: 'service' | 'environment' | 'state',
    all: readonly (readonly [string, string])[],
  ): Html => html`
<label>${name[0]?.toUpperCase()}${name.slice(1)}
<select name="${name}"><option value="">any</option>
${all.map(([value, label]) =>
  query[name] === value
    ? html`<option value="${value}" selected>${label}</option>`
    : html`<option value="${value}">${label}</option>`,
)}
</select></label>`;
  const same = (list: readonly string[]): (readonly [string, string])[] => list.map((value) => [value, value] as const);
  return html`<form method="get" action="/" role="search" aria-label="Rows to show">
${options('service', same(values(({ service }) => service.name)))}
${options('environment', same(values(({ service }) => service.environment)))}
${options(
  'state',
  STATES.map((state) => [state, WORDS[state]] as const),
)}
<button type="submit">Show</button>
</form>
`;
}

/** The roles are written out because a table that is laid out as blocks on a narrow screen loses them. */
function chainSection(targets: readonly TargetSnapshot[], now: number): Html | string {
  const [first] = targets;
  if (first === undefined) return '';
  const where = whereOf(first);
  return html`<section>
<h2><a href="${chainHref(first)}">${first.chain}</a></h2>
<table role="table" class="matrix">
<caption>${where === '' ? 'any service' : where}</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Target</th><th role="columnheader" scope="col">State</th>${ASSUMPTION_HEADERS}<th role="columnheader" scope="col">Last success</th></tr></thead>
<tbody role="rowgroup">
${targets.map(
  (target) => html`<tr role="row">
<th role="rowheader" scope="row"><a href="${targetHref(target)}">${target.target}</a><small>${target.routeType}</small></th>
<td role="cell">${stateMark(target)}<small>${sentenceOf(target, now)}</small></td>
${assumptionCells(target)}
<td role="cell" data-label="Last success">${target.lastSuccess === undefined ? html`<span class="soft">never</span>` : when(target.lastSuccess.at, now)}</td>
</tr>
`,
)}
</tbody>
</table>
</section>
`;
}

/** `service support-api, environment prod`. */
export function whereOf({ service }: Pick<TargetSnapshot, 'service'>): string {
  const parts = [
    service.name && `service ${service.name}`,
    service.namespace && `namespace ${service.namespace}`,
    service.environment && `environment ${service.environment}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function paging(query: OverviewQuery, pages: number): Html {
  const link = (page: number, label: string): Html | string =>
    page < 1 || page > pages ? '' : html`<a href="${overviewHref({ ...query, page })}">${label}</a>`;
  return html`<nav class="pages" aria-label="Pages">${link(query.page - 1, 'Previous')} <span>Page ${query.page} of ${pages}</span> ${link(query.page + 1, 'Next')}</nav>
`;
}

function unassignedCalls({ unassigned, now }: Snapshot): Html | string {
  if (unassigned.length === 0) return '';
  return html`<section>
<h2>Calls of no known chain</h2>
<table role="table" class="rows">
<caption>LLM calls that no chain claims. Declare a chain for them, or match them in the configuration.</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Model</th><th role="columnheader" scope="col">Service</th><th role="columnheader" scope="col">Calls</th><th role="columnheader" scope="col">Last seen</th></tr></thead>
<tbody role="rowgroup">
${unassigned.map(
  ({ service, provider, requestModel, calls, lastSeen }) => html`<tr role="row">
<th role="rowheader" scope="row">${requestModel ?? 'no model named'}<small>${provider ?? ''}</small></th>
<td role="cell" data-label="Service">${service.name}</td><td role="cell" data-label="Calls">${calls}</td><td role="cell" data-label="Last seen">${when(lastSeen, now)}</td>
</tr>
`,
)}
</tbody>
</table>
<details><summary>A start for <code>chains:</code> in the configuration</summary>
<p>Put the targets in order, the primary first, give the chains names of your own, and say what type each fallback is.</p>
<pre tabindex="0">${unassignedSnippet(unassigned)}</pre>
</details>
</section>
`;
}

function newestSpans({ watermarks, now }: Snapshot): Html | string {
  if (watermarks.length === 0) return '';
  return html`<section>
<h2>Newest span</h2>
<ul>
${watermarks.slice(0, CHAINS_A_PAGE).map((watermark) => html`<li>${whereOf(watermark)}: ${when(watermark.at, now)}</li>`)}
</ul>
${watermarks.length > CHAINS_A_PAGE ? html`<p>and ${watermarks.length - CHAINS_A_PAGE} more services, in <a href="/status.json">JSON</a></p>` : ''}
</section>
`;
}

function firstSteps(): Html {
  return html`<p>Point your application's spans here, and its chains appear by themselves:</p>
<pre>export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
node --import @warmspare/instrumentation/register app.js</pre>
`;
}
