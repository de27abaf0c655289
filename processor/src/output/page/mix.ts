/** Which route served a chain over the last day: one stacked column for each half hour, as high as its calls, and the same in words and as a table. */
import { ROUTE_TYPES, type RouteType } from '@warmspare/semconv';
import { html } from 'hono/html';
import type { TargetSnapshot } from '../../types/snapshot.ts';
import { exact, type Html } from './marks.ts';
import { QUARTER_MS, QUARTERS, recentCalls } from './recent-calls.ts';
import type { View } from './view.ts';

/** Quarters of an hour in a column of the drawing, and in a row of the table. */
const A_COLUMN = 2;
const A_ROW = 4;
const COLUMNS = QUARTERS / A_COLUMN;
const WIDTH = 960;
const HEIGHT = 120;

/** Calls of one route, one entry a span of time. */
interface Lane {
  readonly type: RouteType;
  readonly calls: readonly number[];
}

/** Nothing where no call was counted in the last day. */
export function routeMix(targets: readonly TargetSnapshot[], view: View): Html | string {
  const { now } = view;
  const lanes = lanesOf(targets, A_COLUMN, now);
  const total = sum(lanes.map(({ calls }) => sum(calls)));
  if (total === 0) return '';
  const peak = Math.max(...Array.from({ length: COLUMNS }, (_, column) => columnSum(lanes, column)));
  const shares = lanes.map(({ type, calls }) => `${type} ${sum(calls)} (${percent(sum(calls) / total)})`);
  const words = `${total} ${total === 1 ? 'call' : 'calls'} in 24 hours: ${shares.join(', ')}.`;
  return html`<h2>Who served, over 24 hours</h2>
<p>${words}</p>
<p class="scale" aria-hidden="true"><span>${peak} ${peak === 1 ? 'call' : 'calls'} in the busiest half hour</span></p>
${drawing(lanes, words, peak)}
<p class="scale" aria-hidden="true"><span>24 h ago</span><span>12 h ago</span><span>now</span></p>
<ul class="legend">${lanes.map(
    ({ type }) =>
      html`<li><svg viewBox="0 0 16 16" aria-hidden="true"><rect width="16" height="16" class="${type}"/></svg>${type}</li>`,
  )}</ul>
${byHour(targets, view)}
`;
}

function drawing(lanes: readonly Lane[], words: string, peak: number): Html {
  const columns = Array.from({ length: COLUMNS }, (_, column) => stack(lanes, column, peak));
  return html`<svg class="mix" viewBox="0 0 ${WIDTH} ${HEIGHT + 2}" preserveAspectRatio="none" role="img" aria-labelledby="mix-title mix-words">
<title id="mix-title">Calls by route for each half hour</title>
<desc id="mix-words">${words}</desc>
${columns}
<path d="M0 ${HEIGHT + 1}H${WIDTH}" class="axis"/>
</svg>`;
}

function stack(lanes: readonly Lane[], column: number, peak: number): readonly Html[] {
  const width = WIDTH / COLUMNS;
  let top = HEIGHT;
  return lanes.flatMap(({ type, calls }) => {
    const own = calls[column] ?? 0;
    if (own === 0) return [];
    // A fallback that ran at all is seen, however much the primary served beside it.
    const height = Math.max((HEIGHT * own) / peak, 2);
    top = Math.max(0, top - height);
    return [
      html`<rect x="${(column * width).toFixed(1)}" y="${top.toFixed(1)}" width="${(width - 2).toFixed(1)}" height="${height.toFixed(1)}" class="${type}"/>`,
    ];
  });
}

/** What the drawing shows, for those who want numbers or do not see it. */
function byHour(targets: readonly TargetSnapshot[], view: View): Html {
  const { now } = view;
  const lanes = lanesOf(targets, A_ROW, now);
  const end = (Math.floor(now / QUARTER_MS) + 1) * QUARTER_MS;
  const hours = Array.from({ length: QUARTERS / A_ROW }, (_, row) => ({
    from: end - (QUARTERS - row * A_ROW) * QUARTER_MS,
    calls: lanes.map(({ calls }) => calls[row] ?? 0),
  }));
  return html`<details><summary>Calls by hour, as a table</summary>
<table role="table" class="hours">
<caption class="unseen">Calls by hour and route</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Hour from</th>${lanes.map(({ type }) => html`<th role="columnheader" scope="col" class="number">${type}</th>`)}</tr></thead>
<tbody role="rowgroup">
${hours
  .filter(({ calls }) => sum(calls) > 0)
  .map(
    ({ from, calls }) =>
      html`<tr role="row"><th role="rowheader" scope="row"><time datetime="${new Date(from).toISOString()}">${exact(from, view)}</time></th>${calls.map((count, lane) => html`<td role="cell" class="number" data-label="${lanes[lane]?.type ?? ''}">${count}</td>`)}</tr>
`,
  )}
</tbody>
</table>
</details>`;
}

/** The routes that served at all, in the order of the names; `quarters` of an hour are one entry. */
function lanesOf(targets: readonly TargetSnapshot[], quarters: number, now: number): readonly Lane[] {
  return ROUTE_TYPES.map((type) => {
    const calls = new Array<number>(QUARTERS / quarters).fill(0);
    for (const { routeType, activity } of targets) {
      if (routeType !== type) continue;
      for (const [quarter, count] of recentCalls(activity, now).entries()) {
        const entry = Math.floor(quarter / quarters);
        calls[entry] = (calls[entry] ?? 0) + count;
      }
    }
    return { type, calls };
  }).filter(({ calls }) => sum(calls) > 0);
}

const columnSum = (lanes: readonly Lane[], column: number): number => sum(lanes.map(({ calls }) => calls[column] ?? 0));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** `under 0.1 %` rather than a zero that is none. */
export const percent = (ratio: number): string =>
  ratio > 0 && ratio < 0.001 ? 'under 0.1 %' : `${(ratio * 100).toFixed(1)} %`;
