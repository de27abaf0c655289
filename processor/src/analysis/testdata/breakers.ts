/** What spans say of a breaker called `llm`, and of the calls behind it. Times in milliseconds after T0. */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION,
} from '@warmspare/semconv';
import { attempt, start, T0, type World } from '../../testdata/world.ts';

export type Spans = Parameters<World['send']>[1][];

export const stated = (state: string, name: string | undefined = 'llm') => ({
  ...(name !== '' && { [ATTR_LLM_FALLBACK_BREAKER_NAME]: name }),
  [ATTR_LLM_FALLBACK_BREAKER_STATE]: state,
});
export const at = (from: number, to: number) => ({ startTime: T0 + from, endTime: T0 + to });

export const served = (from: number, to = from, state = 'closed') => ({
  ...at(from, to),
  attributes: attempt('gpt', 'primary', 'success', stated(state)),
});
export const failed = (error: string, from: number, to = from, state = 'closed') => ({
  ...at(from, to),
  attributes: attempt('gpt', 'primary', 'error', { [ATTR_ERROR_TYPE]: error, ...stated(state) }),
});
/** The primary of a chain() whose breaker lets nothing through. */
export const rejected = (from: number, to = from) => failed('EOPENBREAKER', from, to, 'open');
/** The rung behind the primary; in a chain() it does not know of breakers. */
export const engaged = (reason: string, from: number, to = from, more = {}) => ({
  ...at(from, to),
  attributes: attempt('claude', 'fallback', 'success', {
    [ATTR_LLM_FALLBACK_TARGET_RANK]: 1,
    [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 0.1,
    [ATTR_LLM_FALLBACK_TRIGGER_REASON]: reason,
    ...more,
  }),
});

export async function told(...batches: Spans[]): Promise<World> {
  const world = await start();
  for (const spans of batches) await world.send(T0 + 60_000, ...spans);
  return world;
}

export const trips = (world: World) =>
  world
    .points(METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION)
    .flatMap((point) => (point.kind === 'histogram' ? [{ sum: point.sum, count: point.count }] : []));
