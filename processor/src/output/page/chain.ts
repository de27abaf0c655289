/** A snapshot and the name of a chain go in, its page comes out: which target serves, each target with its evidence, its calls by outcome. */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { html } from 'hono/html';
import type { BreakerTripSnapshot, ChainSnapshot, Snapshot, TargetSnapshot } from '../../types/snapshot.ts';
import { inWords } from '../duration.ts';
import { detectionInWords, unservedInWords } from '../falling.ts';
import { reasonOf, sentenceOf, urgencySentence } from '../sentence.ts';
import { type ChainStanding, chainStandings, failsUsers } from '../urgency.ts';
import { headlineOf, judge } from '../verdict.ts';
import { assumptionList } from './assumptions.ts';
import { capacityList } from './capacity.ts';
import { layout } from './layout.ts';
import { type Html, sighting, stateMark, stateWord, URGENCY_CLASSES, when, whenExactly } from './marks.ts';
import { capital, whereOf } from './matrix.ts';
import { percent, routeMix } from './mix.ts';
import { type ChainQuery, chainJson, isOfChain, targetHref } from './query.ts';
import { urgencyRunbook } from './runbook-links.ts';
import { contractTimeline } from './timeline.ts';
import { sightingIds, type View } from './view.ts';

/** The page at `/chain`; `undefined` where nothing of that name is known. */
export function renderChain(snapshot: Snapshot, query: ChainQuery, view: View): Promise<string> | undefined {
  const targets = snapshot.targets.filter((target) => isOfChain(target, query));
  const [first] = targets;
  if (first === undefined) return undefined;
  const [standing] = chainStandings({ targets, chains: snapshot.chains });
  if (standing === undefined) return undefined;
  const { urgency, chain } = standing;
  const judged = judge({ ...snapshot, targets }, []);
  const calls = callsOf(snapshot, query);
  const total = [...calls.values()].reduce((sum, byOutcome) => sum + sumOf(byOutcome), 0);
  const isUrgent = urgency === 'users_affected' || urgency === 'on_fallback';
  const shown = judged.verdict === 'unknown' && urgency === 'fine' ? undefined : urgency;
  const content = html`<div class="verdict ${shown === undefined ? 'none' : URGENCY_CLASSES[shown]}"><h1>${first.chain}</h1><p>${isUrgent ? html`${capital(urgencySentence(standing, view.now))} (${runbookOf(standing)}). ` : ''}${judged.reason}</p></div>
<p class="soft">${whereOf(first) || 'any service'}</p>
${servingList(standing, view)}
<h2>Targets, in the order that they are tried</h2>
<ol class="ladder">
${targets.map((target) => entry(target, calls.get(keyOf(target.target, target.routeType)), total, view))}
</ol>
${routeMix(targets, view)}
${failover(chain, view)}
${contractTimeline(chain, targets, view)}`;
  const title = `${first.chain}: ${isUrgent ? urgencySentence(standing, view.now) : headlineOf(judged)}`;
  return layout(
    {
      title,
      urgency: shown,
      way: [{ name: first.chain }],
      json: chainJson(first),
      content,
    },
    view,
  );
}

function runbookOf(standing: ChainStanding): Html {
  const { runbook, words } = urgencyRunbook(standing);
  return html`<a href="${runbook}">${words.toLowerCase()}</a>`;
}

/** Which target serves, since when, and how many are left below it. Nothing while no run was answered. */
function servingList({ serving, spares }: ChainStanding, view: View): Html | string {
  if (serving === undefined) return '';
  const { target, at, since } = serving;
  return html`<dl>
<dt>Serving</dt><dd><a href="${targetHref(target)}">${target.target}</a> (${target.routeType}), newest answered run ${when(at, view)}</dd>
${since === undefined ? '' : html`<dt>Since</dt><dd>${whenExactly(since, view)}</dd>`}
<dt>Spares below it</dt><dd>${spares}</dd>
</dl>
`;
}

/** How the chain falls: its breakers, how long it takes to notice, what nothing served. Nothing where none of it is known. */
function failover(chain: ChainSnapshot | undefined, view: View): Html | string {
  const { breakers = [], detection, runs } = chain ?? {};
  const unserved = unservedInWords(runs);
  if (breakers.length === 0 && detection === undefined && unserved === undefined) return '';
  return html`<h2>Failovers</h2>
<dl>
${
  detection === undefined
    ? ''
    : html`<dt>Time until the next target</dt><dd>${detectionInWords(detection)}</dd>
`
}${
  unserved === undefined
    ? ''
    : html`<dt>Runs without an answer</dt><dd>${unserved}</dd>
`
}${breakers.map(
  ({
    name,
    state,
    since,
    trip,
  }) => html`<dt>Breaker ${name}</dt><dd>${state.replace('_', ' ')}, seen ${when(since.at, view)}${trip && tripped(trip, view)}</dd>
`,
)}</dl>
`;
}

function tripped({ at, seconds, signal }: BreakerTripSnapshot, view: View): Html {
  const ids = signal.traceId === '' ? '' : html` (${sightingIds(signal, view)})`;
  return html`; last opened ${when(at, view)} on ${signal.because}${ids}, ${inWords(seconds)} after the first failure`;
}

function entry(
  target: TargetSnapshot,
  calls: ReadonlyMap<string, number> | undefined,
  total: number,
  view: View,
): Html {
  const { lastSuccess, lastFailure, lastSuccessKind } = target;
  return html`<li>
<div>
<h3><a href="${targetHref(target)}">${target.target}</a> <small>${target.routeType}</small></h3>
<p>${target.routeType === 'primary' && failsUsers(target) ? stateWord('failing') : stateMark(target)} ${sentenceOf(target, view.now)}</p>
${assumptionList(target)}
${capacityList(target.headroom)}
</div>
<dl>
<dt>Last success</dt><dd>${lastSuccess === undefined ? 'never' : html`${sighting(lastSuccess, view)}${lastSuccessKind === undefined || target.state === undefined ? '' : `, ${lastSuccessKind}`}`}</dd>
<dt>Last failure</dt><dd>${lastFailure === undefined ? 'never' : html`${sighting(lastFailure, view)}, ${reasonOf(lastFailure)}`}</dd>
<dt>Declared</dt><dd>${whenExactly(target.declaredAt, view)}</dd>
${target.state === undefined ? '' : html`<dt>Allowed age</dt><dd>${inWords(target.maxAge)}</dd>`}
<dt>Calls</dt><dd>${callsInWords(calls)}</dd>
${
  total === 0
    ? ''
    : html`<dt>Share of calls</dt><dd>${share(sumOf(calls), total)}</dd>
`
}</dl>
</li>
`;
}

/** The number says it; the bar, hidden from screen readers, lets the eye compare targets. */
function share(calls: number, total: number): Html {
  const ratio = calls / total;
  return html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="6" class="rail"/><rect width="${(ratio * 100).toFixed(2)}" height="6"/></svg> ${percent(ratio)} of ${total} ${total === 1 ? 'call' : 'calls'}`;
}

const sumOf = (calls: ReadonlyMap<string, number> | undefined): number =>
  [...(calls?.values() ?? [])].reduce((sum, count) => sum + count, 0);

function callsInWords(calls: ReadonlyMap<string, number> | undefined): string {
  const counted = [...(calls ?? [])].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  return counted.length === 0 ? 'none counted' : counted.map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}

/** A name may stand for targets of two types; they are two rows. */
const keyOf = (target: unknown, routeType: unknown): string => JSON.stringify([target, routeType]);

/** Calls by target and outcome, kinds and error types added up. */
function callsOf({ counters }: Snapshot, { chain, ...identity }: ChainQuery): Map<string, Map<string, number>> {
  const calls = new Map<string, Map<string, number>>();
  for (const { name, service, attributes, extra, value } of counters) {
    if (name !== METRIC_LLM_FALLBACK_CALLS || attributes[ATTR_LLM_FALLBACK_CHAIN_NAME] !== chain) continue;
    if (!isOfChain({ chain, service }, { chain, ...identity })) continue;
    const target = keyOf(attributes[ATTR_LLM_FALLBACK_TARGET_NAME], attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE]);
    const outcome = String({ ...attributes, ...extra }[ATTR_LLM_FALLBACK_CALL_OUTCOME]);
    const byOutcome = calls.get(target) ?? new Map<string, number>();
    byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + value);
    calls.set(target, byOutcome);
  }
  return calls;
}
