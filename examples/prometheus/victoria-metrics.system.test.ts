/** The expressions on a real VictoriaMetrics: the cases that promtool judges fire there alike, and it takes what the dashboards ask. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startVictoriaMetrics, type VictoriaMetrics } from '../../test/system/victoria-metrics.ts';
import { expressionsOf, withVariables } from '../grafana/expressions-of.ts';
import { DASHBOARDS } from '../grafana/generate.ts';
import { CASES, HEALTHY } from './cases.ts';
import { DEFAULTS, seconds } from './parameters.ts';
import { type AlertRule, ruleGroups } from './rules.ts';

const alerts = ruleGroups(DEFAULTS).flatMap(({ rules }) =>
  rules.flatMap((rule): AlertRule[] => ('alert' in rule ? [rule] : [])),
);
/** Of the first value of every series, epoch seconds: whole minutes, and so long ago that all values lie in the past. */
const START = Math.floor(Date.now() / 60_000 - 3000) * 60;

let victoria: VictoriaMetrics | undefined;
beforeAll(async () => {
  victoria = await startVictoriaMetrics();
});
afterAll(() => victoria?.close());

// A line protocol has no marker for the end of a series, as a scrape has.
test.each(CASES.filter(({ marked }) => !marked).map((each, index) => ({ ...each, world: String(index) })))(
  '$name',
  async ({ series, firing, world }) => {
    if (!victoria) throw new Error('it did not start');
    const last = Math.max(...Object.keys(firing).map(Number));
    const lines = Object.entries({ ...HEALTHY, ...series }).flatMap(([name, values]) =>
      // promtool's clock starts at 0, and so do moments.
      expand(values, name.includes('_timestamp_') ? START : 0)
        .slice(0, last + 1)
        .flatMap((value, minute) => (value === undefined ? [] : [`${name} ${value} ${(START + minute * 60) * 1000}`])),
    );
    await victoria.write(world, lines);

    const seen = new Map<number, Set<string>>(Object.keys(firing).map((minute) => [Number(minute), new Set()]));
    for (const rule of alerts) {
      const result = await victoria.range(world, rule.expr, START, START + last * 60);
      for (const active of result.values()) {
        const fires = firingMinutes((minute) => active.has(START + minute * 60), last, rule);
        for (const [minute, names] of seen) if (fires.has(minute)) names.add(rule.alert);
      }
    }
    expect(Object.fromEntries([...seen].map(([minute, names]) => [minute, [...names].sort()]))).toEqual(
      Object.fromEntries(Object.entries(firing).map(([minute, names]) => [minute, [...names].sort()])),
    );
  },
);

test.each(Object.entries(DASHBOARDS))('it takes every expression of the dashboard %s', async (_file, build) => {
  if (!victoria) throw new Error('it did not start');
  for (const expression of expressionsOf(build()).flatMap(({ expressions }) => expressions)) {
    await victoria.range('none', withVariables(expression), START, START + 60);
  }
});

/** When an alert fires that is evaluated every minute: once it was active for its `for`, until `keep_firing_for` after it was last. */
function firingMinutes(isActive: (minute: number) => boolean, last: number, rule: AlertRule): ReadonlySet<number> {
  const wait = minutes(rule.for ?? '0m');
  const keep = minutes(rule.keep_firing_for ?? '0m');
  const fires = new Set<number>();
  let since: number | undefined;
  let firedLast: number | undefined;
  for (let minute = 0; minute <= last; minute++) {
    if (isActive(minute)) {
      since ??= minute;
      if (minute - since >= wait) firedLast = minute;
      else if (!fires.has(minute - 1)) continue;
      fires.add(minute);
    } else {
      since = undefined;
      if (firedLast !== undefined && fires.has(minute - 1) && minute - firedLast < keep) fires.add(minute);
    }
  }
  return fires;
}

function minutes(duration: string): number {
  return seconds(duration) / 60;
}

/** promtool's notation: `1x3` is 1 1 1 1, `0+2x2` is 0 2 4, `_x2` two gaps, `_` one, `stale` an end. */
function expand(notation: string, offset: number): (number | undefined)[] {
  return notation.split(/\s+/).flatMap((part): (number | undefined)[] => {
    if (part === 'stale') return [undefined];
    const gap = /^_(?:x(\d+))?$/.exec(part);
    if (gap) return new Array<undefined>(Number(gap[1] ?? 1)).fill(undefined);
    const [, from, step, times] = /^(-?[\d.]+)(?:([+-][\d.]+))?(?:x(\d+))?$/.exec(part) ?? [];
    if (from === undefined) throw new Error(`not a notation: ${part}`);
    return Array.from(
      { length: Number(times ?? 0) + 1 },
      (_, index) => offset + Number(from) + index * Number(step ?? 0),
    );
  });
}
