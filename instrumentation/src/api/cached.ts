/** A value out of a cache in, the same value with its age and kind out, for the rung of a chain that serves from a cache. */
import type { CacheType } from '@warmspare/semconv';
import { Cached } from '../chain/types.ts';

/** What is known of a cached value. */
export interface CacheFacts {
  /** Seconds since the value was stored. */
  readonly age?: number;
  /** When the value was stored, as a Date or in epoch ms; read where `age` is absent. */
  readonly storedAt?: Date | number;
  /** Whether the very request was stored (`exact`, the default) or one like it (`semantic`). */
  readonly type?: CacheType;
}

/**
 * Marks a rung's answer as served from a cache. `undefined` and `null` are a miss, which is no failure: the chain goes on for
 * what failed before it.
 *
 * ```ts
 * { name: 'last-answer', type: 'cache', run: (t) => { const hit = cache.get(t.id); return cached(hit?.value, { storedAt: hit?.at }) } }
 * ```
 */
export function cached<T>(
  value: T,
  facts: { readonly [K in keyof CacheFacts]?: CacheFacts[K] | undefined } = {},
): Cached<NonNullable<T>> {
  return new Cached(value as NonNullable<T>, ageOf(facts.age, facts.storedAt), facts.type ?? 'exact');
}

function ageOf(age: number | undefined, storedAt: Date | number | undefined): number | undefined {
  const seconds = age ?? (storedAt === undefined ? undefined : (Date.now() - Number(storedAt)) / 1000);
  // A clock that was set back must not make a served answer younger than new.
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : Math.max(0, seconds);
}
