/** A span in, why the call ran and how it ended out: what it states, as far as the rest of it agrees, else what its dialect tells. */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  CALL_OUTCOMES,
  type CallOutcome,
  EXERCISE_KINDS,
  type ExerciseKind,
  errorOutcome,
  isAnswered,
} from '@warmspare/semconv';
import type { GrowingKeyTable } from '../base/keys.ts';
import type { Attempt } from '../types/evidence.ts';
import type { AttributeValue, Span } from '../types/span.ts';
import type { Dialects } from './dialects/dialects.ts';
import type { UnknownWords } from './unknown-words.ts';

export interface Endings {
  kind(span: Span): ExerciseKind;
  /** `facts`: what was read of the span before; a verdict on its output is added. */
  outcome(span: Span, facts: Judged): CallOutcome;
}

type Judged = { -readonly [K in 'schemaValidity' | 'schemaErrorType']: Attempt[K] } & Pick<Attempt, 'errorType'>;

const STATUS_ERROR = 2;

export const lookUp = <T extends string>(list: readonly T[]): ReadonlyMap<AttributeValue | undefined, T> =>
  new Map(list.map((value) => [value, value]));

export const isSaid = (value: AttributeValue | undefined): boolean => value !== undefined && value !== '';

const OUTCOME = lookUp(CALL_OUTCOMES);
const EXERCISE = lookUp(EXERCISE_KINDS);

/** Registers the names it reads with the key table. `judges`: whether recorded outputs are held against recorded schemas, as of now. */
export function createEndings(
  keys: GrowingKeyTable,
  dialects: Dialects,
  unknown: UnknownWords,
  judges: () => boolean,
): Endings {
  const callOutcome = keys.add(ATTR_LLM_FALLBACK_CALL_OUTCOME);
  const exerciseKind = keys.add(ATTR_LLM_FALLBACK_EXERCISE_KIND);
  const schemaValidity = keys.add(ATTR_LLM_FALLBACK_SCHEMA_VALIDITY);

  /** A stated outcome stays, but for a success that the rest of the span denies; no word that nobody knows is believed. */
  const outcomeOf = (span: Span, facts: Judged): CallOutcome => {
    const { values } = span;
    const word = values[callOutcome];
    const stated = word === undefined ? dialects.outcome(span, facts.errorType) : OUTCOME.get(word);
    if (stated === undefined) unknown.note('outcome', String(word));
    if (stated !== 'success') return stated ?? 'unknown';
    if (span.statusCode === STATUS_ERROR) return errorOutcome(facts.errorType);
    if (word === undefined && facts.schemaValidity === undefined) judgeRecorded(span, facts);
    if (facts.schemaValidity === 'invalid') return 'schema_invalid';
    if (span.statusCode > STATUS_ERROR) return 'unknown';
    if (facts.schemaValidity !== undefined || !isSaid(values[schemaValidity])) return 'success';
    unknown.note('outcome', String(values[schemaValidity]));
    return 'unknown';
  };

  /** Where another instrumentation recorded the output and what it was to keep to. */
  const judgeRecorded = (span: Span, facts: Judged): void => {
    const verdict = judges() ? dialects.judgeRecorded(span) : undefined;
    if (!verdict) return;
    facts.schemaValidity = verdict.validity;
    facts.schemaErrorType = verdict.errorType;
  };

  return {
    /** A kind that nobody knows is no need: like a probe it moves no freshness. */
    kind(span) {
      const value = span.values[exerciseKind];
      if (!isSaid(value)) return dialects.isProbe(span) ? 'probe' : 'organic';
      const kind = EXERCISE.get(value);
      if (kind === undefined) unknown.note('exercise_kind', String(value));
      return kind ?? 'probe';
    },
    outcome(span, facts) {
      const outcome = outcomeOf(span, facts);
      const kind = span.values[exerciseKind];
      // Why it ran is not known: it shows nothing of the target, not even that its model answers.
      return isSaid(kind) && !EXERCISE.has(kind) && isAnswered(outcome) ? 'unknown' : outcome;
    },
  };
}
