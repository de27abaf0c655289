/** The form that narrows the overview: a plain GET, so that what is shown has an address. */
import { html } from 'hono/html';
import type { Snapshot, TargetSnapshot } from '../../types/snapshot.ts';
import { STATES } from '../urgency.ts';
import { type Html, WORDS } from './marks.ts';
import type { OverviewQuery } from './query.ts';

type Choice = readonly [value: string, label: string];

/** Whether the query leaves anything out. */
export const isNarrowed = ({ service, environment, state, named }: OverviewQuery): boolean =>
  [service, environment, state, named].some((value) => value !== undefined);

/** Offers the services and environments that there are. */
export function filters({ targets }: Snapshot, query: OverviewQuery): Html {
  const { service, environment, state, named } = query;
  return html`<form method="get" action="/" role="search" aria-label="Rows to show">
${select(
  'service',
  'Service',
  valuesOf(targets, (target) => target.service.name),
  service,
)}
${select(
  'environment',
  'Environment',
  valuesOf(targets, (target) => target.service.environment),
  environment,
)}
${select(
  'state',
  'State',
  STATES.map((each) => [each, WORDS[each]]),
  state,
)}
<label>Name contains<input type="search" name="named" value="${named ?? ''}" maxlength="256" autocomplete="off"></label>
<button type="submit">Show</button>${isNarrowed(query) ? html` <a href="/">Show all</a>` : ''}
</form>
`;
}

function select(name: string, label: string, choices: readonly Choice[], chosen: string | undefined): Html {
  return html`<label>${label}<select name="${name}"><option value="">any</option>
${choices.map(([value, text]) =>
  value === chosen
    ? html`<option value="${value}" selected>${text}</option>`
    : html`<option value="${value}">${text}</option>`,
)}
</select></label>`;
}

function valuesOf(targets: readonly TargetSnapshot[], of: (target: TargetSnapshot) => string): readonly Choice[] {
  const values = new Set(targets.map(of));
  values.delete('');
  return [...values].sort().map((value) => [value, value]);
}
