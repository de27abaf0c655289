/** What the attempts of one target say for and against its assumptions: the newest of each, merged by time. */
import type { CallOutcome } from '@warmspare/semconv';
import type { Attempt } from '../types/evidence.ts';
import type { AssumptionEvidence, Finding, Verdict } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import { isGone } from './gone.ts';
import { compareSightings, compareText, type Mark, mark, moveLater, seen } from './mark.ts';

/** What one batch says of one target. */
export interface VerdictStage {
  /** Only exercises that the policy counts; `at` in epoch ms. */
  note(attempt: Attempt, outcome: CallOutcome, at: number, policy: Policy): void;
  evidence(): AssumptionEvidence | undefined;
}

/** Schema fingerprints kept a target; beyond, the one seen longest ago leaves. */
const FINGERPRINTS_PER_TARGET = 8;
const FINGERPRINT_LENGTH = 200;

export function createVerdictStage(): VerdictStage {
  const available = createStaged();
  const cache = createStaged();
  const schemas = new Map<string, Staged>();
  let lastFingerprint: string | undefined;
  let lastSchema: Staged | undefined;

  const schemaOf = (fingerprint: string): Staged => {
    if (lastSchema && lastFingerprint === fingerprint) return lastSchema;
    const key = fingerprint.slice(0, FINGERPRINT_LENGTH);
    let staged = schemas.get(key);
    if (!staged) {
      if (schemas.size >= 2 * FINGERPRINTS_PER_TARGET) forgetOldest(schemas);
      staged = createStaged();
      schemas.set(key, staged);
    }
    lastFingerprint = fingerprint;
    lastSchema = staged;
    return staged;
  };

  return {
    note(attempt, outcome, at, { maxCacheAge }) {
      if (outcome === 'cancelled') return;
      if (attempt.routeType === 'fallback') {
        if (hasAnswer(outcome)) available.proved(attempt, outcome, at);
        else if (isGone(attempt.errorType)) available.broken(attempt, attempt.errorType ?? outcome, at);
      }
      if (attempt.routeType === 'cache' && attempt.cacheAge !== undefined && maxCacheAge !== undefined) {
        if (attempt.cacheAge > maxCacheAge) cache.broken(attempt, 'cache_stale', at);
        else cache.proved(attempt, outcome, at);
      }
      if (attempt.schemaValidity === 'valid') schemaOf(attempt.schemaFingerprint ?? '').proved(attempt, 'valid', at);
      else if (attempt.schemaValidity === 'invalid' || outcome === 'schema_invalid') {
        schemaOf(attempt.schemaFingerprint ?? '').broken(attempt, attempt.schemaErrorType ?? 'invalid', at);
      }
    },
    evidence() {
      const schema = [...schemas].map(([fingerprint, staged]) => [fingerprint, staged.verdict()] as const);
      const evidence: AssumptionEvidence = {
        ...(available.isEmpty() ? {} : { available: available.verdict() }),
        ...(cache.isEmpty() ? {} : { cache: cache.verdict() }),
        ...(schema.length === 0 ? {} : { schema: bounded(schema) }),
      };
      return Object.keys(evidence).length === 0 ? undefined : evidence;
    },
  };
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

/** The model answered, whatever the answer was worth. */
function hasAnswer(outcome: CallOutcome): boolean {
  return outcome !== 'cancelled' && outcome !== 'error' && outcome !== 'timeout';
}

interface Staged {
  proved(attempt: Attempt, because: string, at: number): void;
  broken(attempt: Attempt, because: string, at: number): void;
  isEmpty(): boolean;
  lastAt(): number;
  verdict(): Verdict;
}

function createStaged(): Staged {
  const proofs = createSide();
  const breaks = createSide();
  return {
    proved: proofs.note,
    broken: breaks.note,
    isEmpty: () => !proofs.finding() && !breaks.finding(),
    lastAt: () => Math.max(proofs.at(), breaks.at()),
    verdict: () => ({ proved: proofs.finding(), broken: breaks.finding() }),
  };
}

interface Side {
  note(attempt: Attempt, because: string, at: number): void;
  at(): number;
  finding(): Finding | undefined;
}

const BECAUSE_LENGTH = 100;

function createSide(): Side {
  let own: Mark | undefined;
  let reason = '';
  return {
    note(attempt, because, at) {
      const order = own ? moveLater(own, attempt, at) : 1;
      own ??= mark(attempt, at);
      if (order > 0 || (order === 0 && because > reason)) reason = because.slice(0, BECAUSE_LENGTH);
    },
    at: () => own?.at ?? 0,
    finding: () => own && { ...seen(own), because: reason },
  };
}

function forgetOldest(schemas: Map<string, Staged>): void {
  const [oldest] = [...schemas].sort(([, a], [, b]) => a.lastAt() - b.lastAt());
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
