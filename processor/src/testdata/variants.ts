/** Variants of one input, each sent as a service of its own, and the credit that the targets other than the primary have after each. */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_SERVICE_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import type { Policies } from '../types/policy.ts';
import type { Span } from '../types/span.ts';
import { spansOf } from './cases.ts';
import { SHOP, start, T0, type World } from './world.ts';

/** What targets other than the primary are credited with. */
export interface Credit {
  /** Calls that succeeded, health checks aside. */
  readonly successes: number;
  /** The spans by which they last succeeded, by target. */
  readonly spans: ReadonlyMap<string, string>;
}

/** Some spans of an input, with slots for the names in `keys`. */
export interface Input {
  readonly spans: readonly Span[];
  readonly slot: (name: string) => number;
}

/** What is changed, and what makes the spans after it. */
export type Change = readonly [what: string, spans: () => readonly Span[]];

/** Variants that one world takes: each is a service with traces of its own, and the window of traces is bounded. */
const PER_WORLD = 150;

/** Changes the files' spans in all the ways that `vary` knows, and hands on each change's name with the credit before and after it. */
export async function creditsOf(
  files: readonly string[],
  policies: Policies,
  vary: (input: Input) => Iterable<Change>,
  judge: (change: string, after: Credit, before: Credit) => void,
): Promise<void> {
  const { pipeline } = await start({ policies });
  const input = { spans: files.flatMap((file) => spansOf(file, pipeline)), slot: pipeline.keys.slot };
  const variants = [...vary(input)];
  for (let from = 0; from < variants.length; from += PER_WORLD) {
    const some: readonly Change[] = [['nothing', () => input.spans], ...variants.slice(from, from + PER_WORLD)];
    const world = await start({ policies });
    for (const [index, [, spans]] of some.entries()) await send(world, spans(), index, input.spans);
    await world.rest();
    const [before = NONE, ...after] = creditsIn(world, some.length);
    for (const [index, credit] of after.entries()) judge(some[index + 1]?.[0] ?? '', credit, before);
  }
}

/** The span with another value of an attribute; undefined takes it away. */
export function withValue(span: Span, slot: number, value: Span['values'][number]): Span {
  return { ...span, values: span.values.with(slot, value) };
}

const NONE: Credit = { successes: 0, spans: new Map() };

const nameOf = (index: number): string => `variant-${index}`;

async function send(world: World, spans: readonly Span[], index: number, all: readonly Span[]): Promise<void> {
  const service = { ...SHOP, name: nameOf(index) };
  const shift = T0 - 1_000 - Math.max(...all.map(({ endTime }) => endTime));
  const batch = world.pipeline.batch(T0);
  for (const span of spans) {
    const ids = span.ids.slice();
    // Ids of the same trace in every variant would be duplicates.
    for (const word of [2, 3]) ids[word] = (ids[word] ?? 0) ^ Math.imul(index + 1, 0x9e3779b1);
    const { startTime, endTime } = span;
    const times = { startTime: startTime > 0 ? startTime + shift : 0, endTime: endTime > 0 ? endTime + shift : 0 };
    batch.add({ ...span, ids, service, ...times });
  }
  await batch.commit();
}

function creditsIn(world: World, count: number): readonly Credit[] {
  const rows = Map.groupBy(
    world.snapshot().targets.filter(({ routeType }) => routeType !== 'primary'),
    ({ service }) => service.name,
  );
  const points = Map.groupBy(world.points(METRIC_LLM_FALLBACK_CALLS), ({ attributes }) =>
    String(attributes[ATTR_SERVICE_NAME]),
  );
  return Array.from({ length: count }, (_, index) => ({
    successes: (points.get(nameOf(index)) ?? [])
      .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE] !== 'primary')
      .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME] === 'success')
      .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_EXERCISE_KIND] !== 'probe')
      .reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0),
    spans: new Map(
      (rows.get(nameOf(index)) ?? []).flatMap(({ target, lastSuccess }) =>
        lastSuccess ? [[target, lastSuccess.spanId]] : [],
      ),
    ),
  }));
}
