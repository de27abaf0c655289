/** A snapshot and the name of a target go in, its page comes out: why it is in this state, the evidence, what would change it. */
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP,
  METRIC_LLM_FALLBACK_MAX_AGE,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  METRICS,
  prometheusLabelName,
} from '@warmspare/semconv';
import { html } from 'hono/html';
import type { ChainSnapshot, Snapshot, TargetSnapshot } from '../../types/snapshot.ts';
import { inWords } from '../duration.ts';
import { changeOf, reasonOf, sentenceOf } from '../sentence.ts';
import { chainStandings, failsUsers, type Urgency } from '../urgency.ts';
import { assumptionTable } from './assumptions.ts';
import { capacityList } from './capacity.ts';
import { changesTable } from './changes.ts';
import { layout } from './layout.ts';
import { type Html, sighting, stateMark, stateWord, WORDS, when, whenExactly } from './marks.ts';
import { whereOf } from './matrix.ts';
import { chainHref, isOfChain, type TargetQuery, targetJson } from './query.ts';
import { targetRunbooks } from './runbook-links.ts';
import type { View } from './view.ts';

/** The page at `/target`; `undefined` where nothing of that name is known. */
export function renderTarget(snapshot: Snapshot, query: TargetQuery, view: View): Promise<string> | undefined {
  const target = snapshot.targets.find(
    (each) => isOfChain(each, query) && each.target === query.target && each.routeType === query.routeType,
  );
  if (target === undefined) return undefined;
  const { now } = view;
  const chain = snapshot.chains.find((each) => isOfChain(each, query));
  const isFailing = target.routeType === 'primary' && failsUsers(target);
  const content = html`<div class="verdict ${isFailing ? 'failing' : (target.state ?? 'none')}"><h1>${target.target} <small class="soft">${target.routeType}</small></h1><p>${isFailing ? stateWord('failing') : stateMark(target)} ${sentenceOf(target, now)} ${changeOf(target, now)}</p>${runbooks(target)}</div>
<p class="soft">${target.rank === undefined ? 'A target' : `Rank ${target.rank}`} of <a href="${chainHref(target)}">${target.chain}</a>${whereOf(target) === '' ? '' : `, ${whereOf(target)}`}</p>
${assumptionTable(target.assumptions, view)}
<h2>Evidence</h2>
${evidence(target, view)}
${drift(target, chain, view)}
${target.headroom.length === 0 ? '' : html`<h2>If it took the whole load now</h2>${capacityList(target.headroom)}`}
${changesTable(target, view)}
<h2>As a metrics query</h2>
<pre tabindex="0">${metricsQuery(target)}</pre>
`;
  const state = target.state === undefined ? '' : ` ${WORDS[target.state]}`;
  const title = `${target.target}${state} · ${target.chain}`;
  const way = [{ name: target.chain, href: chainHref(target) }, { name: target.target }];
  return layout({ title, urgency: urgencyOf(target, isFailing), way, json: targetJson(target), content }, view);
}

/** Of the target by itself; nothing is known of a primary that serves. */
function urgencyOf(target: TargetSnapshot, isFailing: boolean): Urgency | undefined {
  if (isFailing) return 'users_affected';
  const [standing] = target.state === undefined ? [] : chainStandings({ targets: [target], chains: [] });
  return standing?.urgency === 'on_fallback' ? 'fine' : standing?.urgency;
}

function runbooks(target: TargetSnapshot): Html | string {
  const links = targetRunbooks(target);
  if (links.length === 0) return '';
  return html`<p class="soft">What to do: ${links.map(({ runbook, words }, index) => html`${index > 0 ? ', ' : ''}<a href="${runbook}">${words}</a>`)}</p>`;
}

/** PromQL to copy: how old the last success is against what the policy allows; of a primary, when it was last tried. */
function metricsQuery({ service, chain, target, state }: TargetSnapshot): string {
  const labels = [
    [ATTR_SERVICE_NAMESPACE, service.namespace],
    [ATTR_SERVICE_NAME, service.name],
    [ATTR_DEPLOYMENT_ENVIRONMENT_NAME, service.environment],
    [ATTR_LLM_FALLBACK_CHAIN_NAME, chain],
    [ATTR_LLM_FALLBACK_TARGET_NAME, target],
  ]
    .filter(([, value]) => value !== '')
    .map(([key = '', value]) => `${prometheusLabelName(key)}=${JSON.stringify(value)}`)
    .join(', ');
  const series = (metric: string): string =>
    `${METRICS.find(({ name }) => name === metric)?.prometheusName ?? metric}{${labels}}`;
  if (state === undefined) return `time() - ${series(METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP)}`;
  return `${series(METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS)}\n  / ${series(METRIC_LLM_FALLBACK_MAX_AGE)}`;
}

function evidence(
  { lastSuccess, lastSuccessKind, lastFailure, lastAttempt, declaredAt, state, maxAge }: TargetSnapshot,
  view: View,
): Html {
  return html`<dl>
<dt>Declared</dt><dd>${whenExactly(declaredAt, view)}</dd>
<dt>Last success</dt><dd>${lastSuccess === undefined ? 'never' : html`${sighting(lastSuccess, view)}${lastSuccessKind === undefined || state === undefined ? '' : `, ${lastSuccessKind}`}`}</dd>
<dt>Last failure</dt><dd>${lastFailure === undefined ? 'never' : html`${sighting(lastFailure, view)}, ${reasonOf(lastFailure)}`}</dd>
<dt>Last attempt</dt><dd>${lastAttempt === undefined ? 'never' : when(lastAttempt.at, view)}</dd>
${state === undefined ? '' : html`<dt>Allowed age</dt><dd>${inWords(maxAge)}</dd>`}
</dl>
`;
}

function drift(
  { drift, lastSuccess, state }: TargetSnapshot,
  chain: ChainSnapshot | undefined,
  view: View,
): Html | string {
  const unstable = state === undefined ? [] : (chain?.contract ?? []).filter((part) => part.unstable);
  const changed = drift.filter(({ revisions }) => revisions.length > 0);
  if (changed.length === 0 && unstable.length === 0) return '';
  return html`<h2>What of the primary changed since it ${lastSuccess === undefined ? 'was declared' : 'last worked'}</h2>
<ul>
${changed.map(
  ({ part, revisions, atLeast }) =>
    html`<li>${part}: ${revisions.map(({ revision, firstSeen }, index) => html`${index > 0 ? ', ' : ''}<code>${revision}</code>, first seen ${when(firstSeen.at, view)}`)}${atLeast ? ', and older ones that are no longer known' : ''}</li>
`,
)}${unstable.map(
  ({ part }) => html`<li>${part}: left out, it changes on most calls</li>
`,
)}</ul>
`;
}
