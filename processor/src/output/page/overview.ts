/** A snapshot and a query go in, the overview comes out: the verdict, the filters, then every chain with its targets, most urgent first. */
import { html } from 'hono/html';
import type { Snapshot, TargetSnapshot, TargetState } from '../../types/snapshot.ts';
import { type ChainStanding, chainKey, chainStandings, mostUrgentFirst } from '../urgency.ts';
import { headlineOf, judge, worstUrgency } from '../verdict.ts';
import { drillNext } from './drill-next.ts';
import { filters, isNarrowed } from './filters.ts';
import { layout } from './layout.ts';
import type { Html } from './marks.ts';
import { readinessMatrix } from './matrix.ts';
import { type OverviewQuery, overviewHref } from './query.ts';
import { newestSpans, unassignedCalls } from './senders.ts';
import { unknownWords } from './unknown-words.ts';
import { verdictBlock } from './verdict.ts';
import type { View } from './view.ts';

/** Chains on one page: enough for most, and ten thousand rows stay quick to read and to draw. */
const CHAINS_A_PAGE = 50;

/** The page at `/`; `problems` are those of Warmspare itself. */
export function renderOverview(
  snapshot: Snapshot,
  query: OverviewQuery,
  problems: readonly string[],
  view: View,
): Promise<string> {
  const chosen = snapshot.targets.filter(isChosen(query));
  // What was asked for and is not there says nothing of what is.
  const told = chosen.length === 0 ? snapshot.targets : chosen;
  const standings = mostUrgentFirst(chainStandings(snapshot));
  const judged = judge({ ...snapshot, targets: told }, chainsOf(standings, told, undefined));
  const chains = chainsOf(standings, chosen, query.state);
  const pages = Math.max(1, Math.ceil(chains.length / CHAINS_A_PAGE));
  const page = Math.min(query.page, pages);
  const shown = chains.slice((page - 1) * CHAINS_A_PAGE, page * CHAINS_A_PAGE);
  const { urgencies } = judge(snapshot, chains);
  const open = isNarrowed(query);
  const content = html`${verdictBlock(judged, told, (state) => overviewHref({ ...query, state, page: 1 }), query.state)}
${problems.map((problem) => html`<p class="notice"><strong>Warmspare itself:</strong> ${problem}</p>`)}
${snapshot.targets.length === 0 ? firstSteps() : filters(snapshot, query)}
${readinessMatrix(shown, { urgencies, open }, view)}
${chains.length === 0 && snapshot.targets.length > 0 ? html`<p>No row matches. <a href="/">Show all</a></p>` : ''}
${pages > 1 ? paging({ ...query, page }, pages, chains.length) : ''}
${drillNext(snapshot)}
${page === pages ? [unassignedCalls(snapshot, view), unknownWords(snapshot)] : ''}
${newestSpans(snapshot, view)}`;
  const urgency = judged.verdict === 'unknown' && worstUrgency(judged) === 'fine' ? undefined : worstUrgency(judged);
  return layout({ title: headlineOf(judged), urgency, way: [], json: '/status.json', content }, view);
}

function isChosen({ service, environment, named }: OverviewQuery): (target: TargetSnapshot) => boolean {
  const part = named?.toLowerCase();
  return (target) =>
    (service === undefined || target.service.name === service) &&
    (environment === undefined || target.service.environment === environment) &&
    (part === undefined || target.chain.toLowerCase().includes(part) || target.target.toLowerCase().includes(part));
}

/** The chains that have a chosen target, in the state asked for if one is, whole: a target says little without its chain. */
function chainsOf(
  standings: readonly ChainStanding[],
  chosen: readonly TargetSnapshot[],
  state: TargetState | undefined,
): readonly ChainStanding[] {
  const wanted = new Set(chosen.filter((target) => state === undefined || target.state === state).map(chainKey));
  return standings.filter(({ targets: [first] }) => first && wanted.has(chainKey(first)));
}

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
