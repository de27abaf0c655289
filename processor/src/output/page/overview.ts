/** A snapshot and a query go in, the overview comes out: the verdict, the filters, then every chain with its ladder, worst chain first. */
import { html } from 'hono/html';
import type { Snapshot, TargetSnapshot, TargetState } from '../../types/snapshot.ts';
import { verdictOf } from '../status-json.ts';
import { worstFirst } from '../worst-first.ts';
import { filters } from './filters.ts';
import { layout } from './layout.ts';
import type { Html } from './marks.ts';
import { readinessMatrix } from './matrix.ts';
import { type OverviewQuery, overviewHref } from './query.ts';
import { newestSpans, unassignedCalls } from './senders.ts';
import { unknownWords } from './unknown-words.ts';
import { verdictBlock, verdictTitle } from './verdict.ts';

/** Chains on one page: enough for most, and ten thousand rows stay quick to read and to draw. */
const CHAINS_A_PAGE = 50;

/** The page at `/`; `problems` are those of Warmspare itself. */
export function renderOverview(snapshot: Snapshot, query: OverviewQuery, problems: readonly string[]): Promise<string> {
  const { now } = snapshot;
  const chosen = snapshot.targets.filter(isChosen(query));
  // What was asked for and is not there says nothing of what is.
  const told = chosen.length === 0 ? snapshot.targets : chosen;
  const judged = verdictOf({ ...snapshot, targets: told });
  const chains = chainsOf(snapshot.targets, chosen, query.state);
  const pages = Math.max(1, Math.ceil(chains.length / CHAINS_A_PAGE));
  const page = Math.min(query.page, pages);
  const shown = chains.slice((page - 1) * CHAINS_A_PAGE, page * CHAINS_A_PAGE);
  const content = html`${verdictBlock(judged, told, (state) => overviewHref({ ...query, state, page: 1 }), query.state)}
${problems.map((problem) => html`<p class="notice"><strong>Warmspare itself:</strong> ${problem}</p>`)}
${snapshot.targets.length === 0 ? firstSteps() : filters(snapshot, query)}
${shown.length === 0 ? '' : readinessMatrix(shown, now)}
${chains.length === 0 && snapshot.targets.length > 0 ? html`<p>No row matches. <a href="/">Show all</a></p>` : ''}
${pages > 1 ? paging({ ...query, page }, pages, chains.length) : ''}
${page === pages ? [unassignedCalls(snapshot), unknownWords(snapshot)] : ''}
${newestSpans(snapshot)}`;
  const { verdict } = judged;
  return layout({ title: verdictTitle(judged), verdict, way: [], json: '/status.json', content, now });
}

function isChosen({ service, environment, named }: OverviewQuery): (target: TargetSnapshot) => boolean {
  const part = named?.toLowerCase();
  return (target) =>
    (service === undefined || target.service.name === service) &&
    (environment === undefined || target.service.environment === environment) &&
    (part === undefined || target.chain.toLowerCase().includes(part) || target.target.toLowerCase().includes(part));
}

/** The chains that have a chosen target, in the state asked for if one is, whole: a rung says little without its ladder. */
function chainsOf(
  all: readonly TargetSnapshot[],
  chosen: readonly TargetSnapshot[],
  state: TargetState | undefined,
): readonly (readonly TargetSnapshot[])[] {
  const wanted = new Set(
    chosen.filter((target) => state === undefined || target.state === state).map((target) => keyOf(target)),
  );
  return worstFirst(
    Map.groupBy(
      all.filter((target) => wanted.has(keyOf(target))),
      keyOf,
    ).values(),
  );
}

const keyOf = ({ chain, service }: TargetSnapshot): string =>
  `${service.namespace}\0${service.name}\0${service.environment}\0${chain}`;

function paging(query: OverviewQuery, pages: number, chains: number): Html {
  const link = (page: number, label: string): Html | string =>
    page < 1 || page > pages ? '' : html`<a href="${overviewHref({ ...query, page })}">${label}</a>`;
  return html`<nav class="pages" aria-label="Pages">${link(query.page - 1, 'Previous')} <span>Page ${query.page} of ${pages}, ${chains} chains</span> ${link(query.page + 1, 'Next')}</nav>
`;
}

function firstSteps(): Html {
  return html`<p>Point your application's spans here, and its chains appear by themselves. The port is 4318 unless the configuration says otherwise:</p>
<pre tabindex="0">export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
node --import @warmspare/instrumentation/register app.js</pre>
`;
}
