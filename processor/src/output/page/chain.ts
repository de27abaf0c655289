/** A snapshot and the name of a chain go in, its page comes out: the ladder, each rung with its evidence, its calls by outcome. */
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
import { reasonOf, sentenceOf } from '../sentence.ts';
import { headlineOf, verdictOf } from '../status-json.ts';
import { assumptionList } from './assumptions.ts';
import { capacityList } from './capacity.ts';
import { layout } from './layout.ts';
import { type Html, stateMark, when, whenExactly } from './marks.ts';
import { whereOf } from './matrix.ts';
import { percent, routeMix } from './mix.ts';
import { type ChainQuery, chainJson, isOfChain, targetHref } from './query.ts';
import { sighting, sightingIds } from './sighting.ts';
import { contractTimeline } from './timeline.ts';
import { VERDICT_CLASSES } from './verdict.ts';

/** The page at `/chain`; `undefined` where nothing of that name is known. */
export function renderChain(snapshot: Snapshot, query: ChainQuery): Promise<string> | undefined {
  const targets = snapshot.targets.filter((target) => isOfChain(target, query));
  const [first] = targets;
  if (first === undefined) return undefined;
  const judged = verdictOf({ ...snapshot, targets });
  const { verdict, reason } = judged;
  const chain = snapshot.chains.find((each) => isOfChain(each, query));
  const calls = callsOf(snapshot, query);
  const total = [...calls.values()].reduce((sum, byOutcome) => sum + sumOf(byOutcome), 0);
  const content = html`<div class="verdict ${VERDICT_CLASSES[verdict]}"><h1>${first.chain}</h1><p>${reason}</p></div>
<p class="soft">${whereOf(first) || 'any service'}</p>
<h2>The ladder</h2>
<ol class="ladder">
${targets.map((target) => rung(target, calls.get(keyOf(target.target, target.routeType)), total, snapshot.now))}
</ol>
${routeMix(targets, snapshot.now)}
${failover(chain, snapshot.now)}
${contractTimeline(chain, targets, snapshot.now)}`;
  const title = verdict === 'unknown' ? first.chain : `${first.chain}: ${headlineOf(judged.counts)}`;
  return layout({ title, verdict, way: [{ name: first.chain }], json: chainJson(first), content, now: snapshot.now });
}

/** How the chain falls: its breakers, how long it takes to notice, what nothing served. Nothing where none of it is known. */
function failover(chain: ChainSnapshot | undefined, now: number): Html | string {
  const { breakers = [], detection, runs } = chain ?? {};
  const unserved = unservedInWords(runs);
  if (breakers.length === 0 && detection === undefined && unserved === undefined) return '';
  return html`<h2>How it falls</h2>
<dl>
${
  detection === undefined
    ? ''
    : html`<dt>Until the next rung</dt><dd>${detectionInWords(detection)}</dd>
`
}${
  unserved === undefined
    ? ''
    : html`<dt>Runs that failed</dt><dd>${unserved}</dd>
`
}${breakers.map(
  ({
    name,
    state,
    since,
    trip,
  }) => html`<dt>Breaker ${name}</dt><dd>${state.replace('_', ' ')}, seen ${when(since.at, now)}${trip && tripped(trip, now)}</dd>
`,
)}</dl>
`;
}

function tripped({ at, seconds, signal }: BreakerTripSnapshot, now: number): Html {
  const ids = signal.traceId === '' ? '' : html` (${sightingIds(signal)})`;
  return html`; last opened ${when(at, now)} on ${signal.because}${ids}, ${inWords(seconds)} after the first failure`;
}

function rung(
  target: TargetSnapshot,
  calls: ReadonlyMap<string, number> | undefined,
  total: number,
  now: number,
): Html {
  const { lastSuccess, lastFailure, lastSuccessKind } = target;
  return html`<li>
<div>
<h3><a href="${targetHref(target)}">${target.target}</a> <small>${target.routeType}</small></h3>
<p>${stateMark(target)} ${sentenceOf(target, now)}</p>
${assumptionList(target)}
${capacityList(target.headroom)}
</div>
<dl>
<dt>Last success</dt><dd>${lastSuccess === undefined ? 'never' : html`${sighting(lastSuccess, now)}${lastSuccessKind === undefined || target.state === undefined ? '' : `, ${lastSuccessKind}`}`}</dd>
<dt>Last failure</dt><dd>${lastFailure === undefined ? 'never' : html`${sighting(lastFailure, now)}, ${reasonOf(lastFailure)}`}</dd>
<dt>Declared</dt><dd>${whenExactly(target.declaredAt, now)}</dd>
${target.state === undefined ? '' : html`<dt>Allowed age</dt><dd>${inWords(target.maxAge)}</dd>`}
<dt>Calls</dt><dd>${callsInWords(calls)}</dd>
${
  total === 0
    ? ''
    : html`<dt>Share of calls</dt><dd>${share(sumOf(calls) / total)}</dd>
`
}</dl>
</li>
`;
}

/** The number says it; the bar, hidden from screen readers, lets the eye compare rungs. */
function share(ratio: number): Html {
  return html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="6" class="rail"/><rect width="${(ratio * 100).toFixed(2)}" height="6"/></svg> ${percent(ratio)}`;
}

const sumOf = (calls: ReadonlyMap<string, number> | undefined): number =>
  [...(calls?.values() ?? [])].reduce((sum, count) => sum + count, 0);

function callsInWords(calls: ReadonlyMap<string, number> | undefined): string {
  const counted = [...(calls ?? [])].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  return counted.length === 0 ? 'none counted' : counted.map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}

/** A name may stand on rungs of two types; they are two rows. */
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
