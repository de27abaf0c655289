/** Which route served a chain over the last day: one stacked column a half hour, drawn as SVG, and the shares in words. */
import { ROUTE_TYPES, type RouteType } from '@warmspare/semconv';
import { html } from 'hono/html';
import type { TargetSnapshot } from '../types/snapshot.ts';
import type { Html } from './page-marks.ts';

/** Quarters of an hour in a column. */
const QUARTERS_A_COLUMN = 2;
const COLUMNS = 96 / QUARTERS_A_COLUMN;
const WIDTH = 960;
const HEIGHT = 120;

/** Nothing where no call was counted in the last day. */
export function routeMix(targets: readonly TargetSnapshot[]): Html | string {
  const routes = ROUTE_TYPES.map((type) => ({ type, columns: columnsOf(targets, type) }));
  const totals = Array.from({ length: COLUMNS }, (_, column) =>
    routes.reduce((sum, { columns }) => sum + (columns[column] ?? 0), 0),
  );
  const total = sum(totals);
  if (total === 0) return '';
  const shares = routes
    .map(({ type, columns }) => ({ type, calls: sum(columns) }))
    .filter(({ calls }) => calls > 0)
    .map(({ type, calls }) => `${type} ${percent(calls / total)}`);
  const words = `${total} ${total === 1 ? 'call' : 'calls'} in 24 hours: ${shares.join(', ')}.`;
  return html`<h2>Who served, over 24 hours</h2>
<p>${words}</p>
<svg class="mix" viewBox="0 0 ${WIDTH} ${HEIGHT + 2}" preserveAspectRatio="none" role="img" aria-label="Share of calls by route for each half hour: ${words}">
${totals.map((all, column) => (all === 0 ? '' : stack(routes, column, all)))}
<path d="M0 ${HEIGHT + 1}H${WIDTH}" class="axis"/>
</svg>
<p class="scale"><span>24 h ago</span><span>12 h ago</span><span>now</span></p>
<ul class="legend">${routes
    .filter(({ columns }) => sum(columns) > 0)
    .map(
      ({ type }) =>
        html`<li><svg viewBox="0 0 16 16" aria-hidden="true"><rect width="16" height="16" class="${type}"/></svg>${type}</li>`,
    )}</ul>
`;
}

function stack(
  routes: readonly { readonly type: RouteType; readonly columns: readonly number[] }[],
  column: number,
  all: number,
): readonly Html[] {
  const width = WIDTH / COLUMNS;
  let top = HEIGHT;
  return routes.flatMap(({ type, columns }) => {
    const calls = columns[column] ?? 0;
    if (calls === 0) return [];
    // A fallback that ran at all is seen, however much the primary served beside it.
    const height = Math.max((HEIGHT * calls) / all, 2);
    top = Math.max(0, top - height);
    return [
      html`<rect x="${(column * width).toFixed(1)}" y="${top.toFixed(1)}" width="${(width - 2).toFixed(1)}" height="${height.toFixed(1)}" class="${type}"/>`,
    ];
  });
}

function columnsOf(targets: readonly TargetSnapshot[], type: RouteType): readonly number[] {
  const columns = new Array<number>(COLUMNS).fill(0);
  for (const { routeType, recent } of targets) {
    if (routeType !== type) continue;
    for (const [quarter, calls] of recent.entries()) {
      const column = Math.floor(quarter / QUARTERS_A_COLUMN);
      columns[column] = (columns[column] ?? 0) + calls;
    }
  }
  return columns;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** `under 0.1 %` rather than a zero that is none. */
export const percent = (ratio: number): string =>
  ratio > 0 && ratio < 0.001 ? 'under 0.1 %' : `${(ratio * 100).toFixed(1)} %`;
