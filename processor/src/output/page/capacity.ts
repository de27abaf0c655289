/** What a target would need if it took the primary's load, against its limits; one sentence a limit. */
import { html } from 'hono/html';
import type { HeadroomSnapshot } from '../../types/snapshot.ts';
import type { Html } from './marks.ts';

const NAMES: Readonly<Record<HeadroomSnapshot['limit'], string>> = {
  p95_latency: 'Latency, 95th percentile',
  cost_per_hour: 'Cost an hour',
  tokens_per_minute: 'Tokens a minute',
};

/** Nothing where no limit is configured. */
export function capacityList(headroom: readonly HeadroomSnapshot[]): Html | string {
  if (headroom.length === 0) return '';
  return html`<dl>
${headroom.map(
  (each) => html`<dt>${NAMES[each.limit]}</dt><dd>${capacitySentence(each)}</dd>
`,
)}</dl>
`;
}

/** `12 USD/h of 40 USD/h, by 9 calls`. */
function capacitySentence({ declared, projected, unit, calls, load }: HeadroomSnapshot): string {
  const rests = `${calls} exercised ${calls === 1 ? 'call' : 'calls'}`;
  const shown = unit.replace('{token}', 'tokens');
  if (projected === undefined) {
    const why = load === undefined && unit !== 's' ? 'the present load is not known' : 'no call says what it takes';
    return `not known against the limit of ${round(declared)} ${shown}: ${why} (${rests})`;
  }
  return `${round(projected)} of ${round(declared)} ${shown}, by ${rests}`;
}

const round = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
