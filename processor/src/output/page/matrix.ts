/** Chains in, the readiness matrix out: one table, a group of rows a chain, targets by state and by the five assumptions. */
import { ASSUMPTION_NAMES } from '@warmspare/semconv';
import { html } from 'hono/html';
import type { TargetSnapshot } from '../../types/snapshot.ts';
import { sentenceOf } from '../sentence.ts';
import { ASSUMPTION_HEADERS, assumptionCells } from './assumptions.ts';
import { type Html, stateMark, when } from './marks.ts';
import { chainHref, targetHref } from './query.ts';

const COLUMNS = 3 + ASSUMPTION_NAMES.length;

/** The roles are written out because a table that is laid out as blocks on a narrow screen loses them. */
export function readinessMatrix(chains: readonly (readonly TargetSnapshot[])[], now: number): Html {
  return html`<table role="table" class="matrix">
<caption class="unseen">Targets by state and assumption, a group of rows a chain, the worst chain first</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Target</th><th role="columnheader" scope="col">State</th>${ASSUMPTION_HEADERS}<th role="columnheader" scope="col">Last success</th></tr></thead>
${chains.map((targets) => group(targets, now))}
</table>
`;
}

function group(targets: readonly TargetSnapshot[], now: number): Html | string {
  const [first] = targets;
  if (first === undefined) return '';
  return html`<tbody role="rowgroup">
<tr role="row" class="chain"><th role="rowheader" scope="rowgroup" colspan="${COLUMNS}"><h2>${first.overflow ? 'Past the cap on rows' : html`<a href="${chainHref(first)}">${first.chain}</a>`}</h2> <span class="soft">${whereOf(first) || 'any service'}</span></th></tr>
${targets.map((target) => row(target, now))}
</tbody>
`;
}

function row(target: TargetSnapshot, now: number): Html {
  const { lastSuccess, overflow, routeType, state } = target;
  const name = overflow
    ? html`all others`
    : html`<a href="${targetHref(target)}">${target.target}</a><small>${routeType}</small>`;
  return html`<tr role="row">
<th role="rowheader" scope="row">${name}</th>
<td role="cell" class="what">${stateMark(target)}<small>${sentenceOf(target, now)}</small></td>
${state === undefined ? html`<td role="cell" class="bare" colspan="${ASSUMPTION_NAMES.length}"><span class="unseen">no assumption applies</span></td>` : assumptionCells(target)}
<td role="cell" data-label="last success">${lastSuccess === undefined ? html`<span class="soft">never</span>` : when(lastSuccess.at, now)}</td>
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
