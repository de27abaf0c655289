/** What the attempts of one target say for and against its assumptions: the newest of each, merged by time. */

import { breaksAvailability, type CallOutcome, isAnswered, isConclusive } from '@warmspare/semconv';
import { cut } from '../base/texts.ts';
import type { Attempt } from '../types/evidence.ts';
import type { AssumptionEvidence, Finding, Verdict } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import { compareSightings, compareText, MutableSighting } from './mutable-sighting.ts';

/** Schema fingerprints kept a target; beyond, the one seen longest ago leaves. No counter tells: the one in force is asked for, `unverified` where it left. */
const FINGERPRINTS_PER_TARGET = 8;
const FINGERPRINT_LENGTH = 200;

/** What one batch says of one target. */
export class VerdictStage {
  #available: StagedVerdict | undefined;
  #cache: StagedVerdict | undefined;
  #schemas: Map<string, StagedVerdict> | undefined;

  /** Only exercises that the policy counts; `at` in epoch ms. */
  note(attempt: Attempt, outcome: CallOutcome, at: number, { maxCacheAge }: Policy): void {
    if (!isConclusive(outcome)) return;
    this.noteAvailable(attempt, outcome, at);
    if (attempt.routeType === 'cache' && attempt.cacheAge !== undefined && maxCacheAge !== undefined) {
      this.#cache ??= new StagedVerdict();
      if (attempt.cacheAge > maxCacheAge) this.#cache.broken(attempt, 'cache_stale', at);
      else this.#cache.proved(attempt, outcome, at);
    }
    if (attempt.schemaValidity === 'valid') this.#schemaOf(attempt).proved(attempt, 'valid', at);
    else if (attempt.schemaValidity === 'invalid' || outcome === 'schema_invalid') {
      this.#schemaOf(attempt).broken(attempt, attempt.schemaErrorType ?? 'invalid', at);
    }
  }

  /** Whether a model answers; of health checks this alone. */
  noteAvailable(attempt: Attempt, outcome: CallOutcome, at: number): void {
    if (attempt.routeType !== 'fallback' || !isConclusive(outcome)) return;
    if (isAnswered(outcome)) {
      this.#available ??= new StagedVerdict();
      this.#available.proved(attempt, outcome, at);
    } else if (breaksAvailability(attempt.errorType)) {
      this.#available ??= new StagedVerdict();
      this.#available.broken(attempt, attempt.errorType ?? outcome, at);
    }
  }

  evidence(): AssumptionEvidence | undefined {
    if (!this.#available && !this.#cache && !this.#schemas) return undefined;
    const schemas = this.#schemas && [...this.#schemas].map(([key, staged]) => [key, staged.verdict()] as const);
    return {
      ...(this.#available && { available: this.#available.verdict() }),
      ...(this.#cache && { cache: this.#cache.verdict() }),
      ...(schemas && { schema: bounded(schemas) }),
    };
  }

  #schemaOf({ schemaFingerprint }: Attempt): StagedVerdict {
    this.#schemas ??= new Map();
    const key = cut(schemaFingerprint ?? '', FINGERPRINT_LENGTH);
    let staged = this.#schemas.get(key);
    if (!staged) {
      if (this.#schemas.size >= 2 * FINGERPRINTS_PER_TARGET) forgetOldest(this.#schemas);
      staged = new StagedVerdict();
      this.#schemas.set(key, staged);
    }
    return staged;
  }
}

export function mergeEvidence(a: AssumptionEvidence, b: AssumptionEvidence): AssumptionEvidence {
  const available = mergeOptional(a.available, b.available);
  const cache = mergeOptional(a.cache, b.cache);
  return {
    ...(available && { available }),
    ...(cache && { cache }),
    ...((a.schema || b.schema) && { schema: mergeSchemas(a.schema ?? {}, b.schema ?? {}) }),
  };
}

export function mergeVerdicts(a: Verdict, b: Verdict): Verdict {
  return { proved: laterFinding(a.proved, b.proved), broken: laterFinding(a.broken, b.broken) };
}

export function laterFinding(a: Finding | undefined, b: Finding | undefined): Finding | undefined {
  if (!a || !b) return a ?? b;
  return (compareSightings(a, b) || compareText(a.because, b.because)) >= 0 ? a : b;
}

const BECAUSE_LENGTH = 100;

class StagedVerdict {
  #proof: MutableSighting | undefined;
  #proofReason = '';
  #break: MutableSighting | undefined;
  #breakReason = '';

  proved(attempt: Attempt, because: string, at: number): void {
    const order = this.#proof ? this.#proof.moveLater(attempt, at) : 1;
    this.#proof ??= new MutableSighting(attempt, at);
    if (order > 0 || (order === 0 && because > this.#proofReason)) this.#proofReason = because;
  }

  broken(attempt: Attempt, because: string, at: number): void {
    const order = this.#break ? this.#break.moveLater(attempt, at) : 1;
    this.#break ??= new MutableSighting(attempt, at);
    if (order > 0 || (order === 0 && because > this.#breakReason)) this.#breakReason = because;
  }

  lastAt(): number {
    return Math.max(this.#proof?.at ?? 0, this.#break?.at ?? 0);
  }

  verdict(): Verdict {
    return { proved: findingOf(this.#proof, this.#proofReason), broken: findingOf(this.#break, this.#breakReason) };
  }
}

function findingOf(own: MutableSighting | undefined, because: string): Finding | undefined {
  return own && { ...own.seen(), because: cut(because, BECAUSE_LENGTH) };
}

function forgetOldest(schemas: Map<string, StagedVerdict>): void {
  const [oldest] = [...schemas].sort(([x, a], [y, b]) => a.lastAt() - b.lastAt() || compareText(y, x));
  if (oldest) schemas.delete(oldest[0]);
}

function mergeOptional(a: Verdict | undefined, b: Verdict | undefined): Verdict | undefined {
  return a && b ? mergeVerdicts(a, b) : (a ?? b);
}

function mergeSchemas(
  a: Readonly<Record<string, Verdict>>,
  b: Readonly<Record<string, Verdict>>,
): Readonly<Record<string, Verdict>> {
  const merged = new Map(Object.entries(a));
  for (const [fingerprint, right] of Object.entries(b)) {
    const left = merged.get(fingerprint);
    merged.set(fingerprint, left ? mergeVerdicts(left, right) : right);
  }
  return bounded([...merged]);
}

function bounded(schemas: readonly (readonly [string, Verdict])[]): Readonly<Record<string, Verdict>> {
  const newestFirst = [...schemas].sort(([a, left], [b, right]) => newest(right) - newest(left) || compareText(a, b));
  return Object.fromEntries(newestFirst.slice(0, FINGERPRINTS_PER_TARGET));
}

const newest = ({ proved, broken }: Verdict): number => Math.max(proved?.at ?? 0, broken?.at ?? 0);
