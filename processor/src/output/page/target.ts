/** A snapshot and the name of a target go in, its page comes out: why it is in this state, the evidence, what would change it. */
import { html } from 'hono/html';
import type { ChainSnapshot, Snapshot, TargetSnapshot } from '../../types/snapshot.ts';
import { inWords } from '../duration.ts';
import { changeOf, reasonOf, sentenceOf } from '../sentence.ts';
import { verdictOf } from '../status-json.ts';
import { assumptionTable } from './assumptions.ts';
import { capacityList } from './capacity.ts';
import { layout } from './layout.ts';
import { type Html, stateMark, WORDS, when, whenExactly } from './marks.ts';
import { whereOf } from './matrix.ts';
import { chainHref, isOfChain, type TargetQuery, targetJson } from './query.ts';
import { sighting } from './sighting.ts';

/** The page at `/target`; `undefined` where nothing of that name is known. */
export function renderTarget(snapshot: Snapshot, query: TargetQuery): Promise<string> | undefined {
  const target = snapshot.targets.find(
    (each) => isOfChain(each, query) && each.target === query.target && each.routeType === query.routeType,
  );
  if (target === undefined) return undefined;
  const { now } = snapshot;
  const chain = snapshot.chains.find((each) => isOfChain(each, query));
  const { verdict } = verdictOf({ ...snapshot, targets: [target] });
  const content = html`<div class="verdict ${target.state ?? 'none'}"><h1>${target.target} <small class="soft">${target.routeType}</small></h1><p>${stateMark(target)} ${sentenceOf(target, now)} ${changeOf(target, now)}</p></div>
<p class="soft">${target.rank === undefined ? 'A rung' : `Rung ${target.rank}`} of ${target.chain}${whereOf(target) === '' ? '' : `, ${whereOf(target)}`}</p>
${assumptionTable(target.assumptions, now)}
<h2>Evidence</h2>
${evidence(target, now)}
${drift(target, chain, now)}
${target.headroom.length === 0 ? '' : html`<h2>If it took the whole load now</h2>${capacityList(target.headroom)}`}
`;
  const state = target.state === undefined ? '' : ` ${WORDS[target.state]}`;
  const title = `${target.target}${state} · ${target.chain}`;
  const way = [{ name: target.chain, href: chainHref(target) }, { name: target.target }];
  return layout({ title, verdict, way, json: targetJson(target), content, now });
}

function evidence(
  { lastSuccess, lastSuccessKind, lastFailure, lastAttempt, declaredAt, state, maxAge }: TargetSnapshot,
  now: number,
): Html {
  return html`<dl>
<dt>Declared</dt><dd>${whenExactly(declaredAt, now)}</dd>
<dt>Last success</dt><dd>${lastSuccess === undefined ? 'never' : html`${sighting(lastSuccess, now)}${lastSuccessKind === undefined || state === undefined ? '' : `, ${lastSuccessKind}`}`}</dd>
<dt>Last failure</dt><dd>${lastFailure === undefined ? 'never' : html`${sighting(lastFailure, now)}, ${reasonOf(lastFailure)}`}</dd>
<dt>Last attempt</dt><dd>${lastAttempt === undefined ? 'never' : when(lastAttempt.at, now)}</dd>
${state === undefined ? '' : html`<dt>Allowed age</dt><dd>${inWords(maxAge)}</dd>`}
</dl>
`;
}

function drift(
  { drift, lastSuccess, state }: TargetSnapshot,
  chain: ChainSnapshot | undefined,
  now: number,
): Html | string {
  const unstable = state === undefined ? [] : (chain?.contract ?? []).filter((part) => part.unstable);
  const changed = drift.filter(({ revisions }) => revisions.length > 0);
  if (changed.length === 0 && unstable.length === 0) return '';
  return html`<h2>What of the primary changed since it ${lastSuccess === undefined ? 'was declared' : 'last worked'}</h2>
<ul>
${changed.map(
  ({ part, revisions, atLeast }) =>
    html`<li>${part}: ${revisions.map(({ revision, firstSeen }, index) => html`${index > 0 ? ', ' : ''}<code>${revision}</code>, first seen ${when(firstSeen.at, now)}`)}${atLeast ? ', and older ones that are no longer known' : ''}</li>
`,
)}${unstable.map(
  ({ part }) => html`<li>${part}: left out, it changes on most calls</li>
`,
)}</ul>
`;
}
