/** Chains in order of urgency go in, one table for each urgency comes out: a chain with its primary is a heading, each other target a row. */
import { html } from 'hono/html';
import type { TargetSnapshot } from '../../types/snapshot.ts';
import { sentenceOf, urgencySentence } from '../sentence.ts';
import { type ChainStanding, failsUsers, URGENCIES, type Urgency } from '../urgency.ts';
import { assumptionsAmiss } from './assumptions.ts';
import { type Html, stateMark, stateWord, URGENCY_CLASSES, when } from './marks.ts';
import { chainHref, targetHref } from './query.ts';
import { urgencyRunbook } from './runbook-links.ts';
import type { View } from './view.ts';

const TITLES: Readonly<Record<Urgency, string>> = {
  users_affected: 'Users affected now',
  on_fallback: 'Running on a fallback',
  would_not_hold: 'Would not hold',
  fine: 'Fine',
};

const COLUMNS = ['Target', 'State', 'What does not hold', 'Last success'];

/** How many chains there are of each urgency, of which this page shows some. `open`: the fine ones are unfolded. */
export interface MatrixOptions {
  readonly urgencies: Readonly<Record<Urgency, number>>;
  readonly open: boolean;
}

/** A section for each urgency that has a chain; the fine ones are folded away. */
export function readinessMatrix(standings: readonly ChainStanding[], options: MatrixOptions, view: View): Html {
  const groups = Map.groupBy(standings, ({ urgency }) => urgency);
  return html`${URGENCIES.map((urgency) => section(urgency, groups.get(urgency) ?? [], options, view))}`;
}

function section(
  urgency: Urgency,
  standings: readonly ChainStanding[],
  { urgencies, open }: MatrixOptions,
  view: View,
): Html | string {
  if (standings.length === 0) return '';
  const all = urgencies[urgency];
  const number = all === standings.length ? `${all}` : `${all}, ${standings.length} of them on this page`;
  const heading = html`<h2 id="${urgency}">${TITLES[urgency]} <small>${number}</small></h2>`;
  const content = table(TITLES[urgency], standings, view);
  if (urgency !== 'fine') return html`<section class="urgency">${heading}${content}</section>`;
  return html`<details class="urgency"${open ? html` open` : ''}><summary>${heading}</summary>${content}</details>`;
}

/** The roles are written out because a table that is laid out as blocks on a narrow screen loses them. */
function table(title: string, standings: readonly ChainStanding[], view: View): Html {
  return html`<table role="table" class="matrix">
<caption class="unseen">${title}: targets by state, a group of rows for each chain</caption>
<colgroup>${COLUMNS.map(() => html`<col>`)}</colgroup>
<thead role="rowgroup"><tr role="row">${COLUMNS.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
${standings.map((standing) => group(standing, view))}
</table>
`;
}

function group(standing: ChainStanding, view: View): Html | string {
  const { targets } = standing;
  const [first] = targets;
  if (first === undefined) return '';
  const others = targets.filter(({ routeType }) => routeType !== 'primary');
  const name = first.overflow ? 'Past the cap on rows' : html`<a href="${chainHref(first)}">${first.chain}</a>`;
  return html`<tbody role="rowgroup">
<tr role="row" class="chain"><th role="rowheader" scope="rowgroup" colspan="${COLUMNS.length}"><h3>${name}</h3> <span class="soft">${whereOf(first) || 'any service'}</span>${standingMark(standing, view)}${targets.filter(({ routeType }) => routeType === 'primary').map((target) => primaryMark(target, view))}</th></tr>
${others.map((target) => row(target, view))}
</tbody>
`;
}

/** Only what is urgent: what would not hold stands in the rows below. */
function standingMark(standing: ChainStanding, view: View): Html | string {
  const { urgency } = standing;
  if (urgency !== 'users_affected' && urgency !== 'on_fallback') return '';
  const { runbook, words } = urgencyRunbook(standing);
  return html`<p class="urgent ${URGENCY_CLASSES[urgency]}">${capital(urgencySentence(standing, view.now))}. <a href="${runbook}">${words}</a></p>`;
}

/** The primary of a chain, on the chain's own line. */
function primaryMark(target: TargetSnapshot, view: View): Html {
  const { lastServed, lastSuccess } = target;
  const served = lastServed ?? lastSuccess;
  const told = failsUsers(target)
    ? html`${stateWord('failing', 'failing')} <small>${sentenceOf(target, view.now)}</small>`
    : html`<small>${served === undefined ? 'no call seen yet' : html`last served ${when(served.at, view)}`}</small>`;
  return html`<p class="primary"><span class="soft">primary</span> <a href="${targetHref(target)}">${target.target}</a> ${told}</p>`;
}

function row(target: TargetSnapshot, view: View): Html {
  const { lastSuccess, overflow, routeType } = target;
  const name = overflow
    ? html`all others`
    : html`<a href="${targetHref(target)}">${target.target}</a><small>${routeType}</small>`;
  return html`<tr role="row">
<th role="rowheader" scope="row">${name}</th>
<td role="cell" class="what">${stateMark(target)}<small>${sentenceOf(target, view.now)}</small></td>
<td role="cell" class="amiss">${assumptionsAmiss(target)}</td>
<td role="cell" data-label="last success">${lastSuccess === undefined ? html`<span class="soft">never</span>` : when(lastSuccess.at, view)}</td>
</tr>
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

/** With its first letter in upper case. */
export const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
