/** The series of one row within one batch: what an attempt adds to counters and histograms. A one-entry memory a metric spares the look-up on steady traffic. */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_TOKEN_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  type CallOutcome,
  type DrillFaultName,
  type DrillOutcome,
  type ExerciseKind,
  METRIC_LLM_FALLBACK_CACHE_AGE,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_COST,
  METRIC_LLM_FALLBACK_DRILLS,
  METRIC_LLM_FALLBACK_FAILOVER_DURATION,
  METRIC_LLM_FALLBACK_SCHEMA_CHECKS,
  METRIC_LLM_FALLBACK_TOKENS,
  type TriggerReason,
} from '@warmspare/semconv';
import type { Attempt } from '../types/evidence.ts';
import type { Series } from './row.ts';
import { bucketOf, kindOf, type SeriesKind } from './series-kind.ts';

/**
 * What a batch adds to one series; on histograms `value` is the number of observations and `counts` is set. Used once: the first one of a
 * series in a commit is taken over (`transaction.ts`), and says then what the series will be.
 */
export interface SeriesShare {
  readonly kind: SeriesKind;
  value: number;
  sum: number;
  readonly counts: number[] | undefined;
  /** Once taken over: the committed series, where there is one, and when it began at zero. */
  live: Series | undefined;
  startTime: number;
}

/**
 * Failed calls that may be tries of a later one: counted when that is known. No metric, but kept with those, so that a restart can
 * count what it finds: nobody will know more about it.
 */
export const HELD_CALLS = 'held';

/** Distinct `error.type` values a row; later ones become `_OTHER`, which is a count of its own. */
export const ERROR_TYPES_PER_ROW = 10;
const OTHER = '_OTHER';
const ERROR_TYPE_LENGTH = 100;
const CURRENCY = /^[A-Z]{3}$/;

export class RowSeries {
  readonly #primary: boolean;
  readonly #series: SeriesShare[] = [];
  #errorTypes: Set<string> | undefined;
  // Per metric: the last attribute values and the series they led to.
  #callsOutcome: CallOutcome | undefined;
  #callsKind: ExerciseKind | undefined;
  #callsError: string | undefined;
  #calls: SeriesShare | undefined;
  #durationOutcome: CallOutcome | undefined;
  #duration: SeriesShare | undefined;
  #input: SeriesShare | undefined;
  #output: SeriesShare | undefined;
  #costCurrency: string | undefined;
  #cost: SeriesShare | undefined;
  #valid: SeriesShare | undefined;

  constructor(primary: boolean) {
    this.#primary = primary;
  }

  attempt(attempt: Attempt, outcome: CallOutcome): void {
    this.#countCall(attempt, outcome);
    this.#countUsage(attempt);
    // A health check asks for a token or two: its time is not what a call takes.
    if (attempt.exercise === 'probe') return;
    // A failure that another call's span tells of has no length of its own.
    if (attempt.startTime > 0 && (attempt.endTime !== attempt.startTime || outcome === 'success')) {
      if (!this.#duration || this.#durationOutcome !== outcome) {
        this.#duration = this.#open(durationKind(outcome));
        this.#durationOutcome = outcome;
      }
      observe(this.#duration, Math.max(0, attempt.endTime - attempt.startTime) / 1000);
    }
    if (attempt.schemaValidity !== undefined) this.#countSchema(attempt);
    if (!this.#primary && isAmount(attempt.failoverDuration)) {
      observe(this.#open(failoverKind(attempt.triggerReason)), attempt.failoverDuration);
    }
    if (attempt.routeType === 'cache' && isAmount(attempt.cacheAge)) observe(this.#open(CACHE_AGE), attempt.cacheAge);
  }

  /** A failure that a drill made itself: no usage, no duration and no verdict of it is real. */
  injected(attempt: Attempt, outcome: CallOutcome): void {
    this.#countCall(attempt, outcome);
  }

  drill(outcome: DrillOutcome, fault: DrillFaultName | undefined): void {
    const extra = { [ATTR_LLM_FALLBACK_DRILL_OUTCOME]: outcome, [ATTR_LLM_FALLBACK_DRILL_FAULT]: fault ?? OTHER };
    this.#open(kindOf(METRIC_LLM_FALLBACK_DRILLS, extra)).value++;
  }

  /** One more or one less that waits to be counted. */
  hold(outcome: CallOutcome, by: 1 | -1): void {
    this.#open(kindOf(HELD_CALLS, { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome })).value += by;
  }

  all(): readonly SeriesShare[] {
    return this.#series;
  }

  #open(kind: SeriesKind): SeriesShare {
    for (const known of this.#series) if (known.kind === kind || known.kind.id === kind.id) return known;
    const fresh = emptyShare(kind);
    this.#series.push(fresh);
    return fresh;
  }

  #countCall(attempt: Attempt, outcome: CallOutcome): void {
    const errorType = outcome === 'success' ? undefined : attempt.errorType;
    const { exercise } = attempt;
    let calls = this.#calls;
    if (!calls || this.#callsOutcome !== outcome || this.#callsError !== errorType || this.#callsKind !== exercise) {
      const kind = this.#primary && exercise === 'organic' ? undefined : exercise;
      calls = this.#open(errorType ? failedKind(outcome, kind, this.#bounded(errorType)) : callsKind(outcome, kind));
      this.#calls = calls;
      this.#callsOutcome = outcome;
      this.#callsKind = exercise;
      this.#callsError = errorType;
    }
    calls.value++;
  }

  #bounded(errorType: string): string {
    if (errorType.length > ERROR_TYPE_LENGTH) return OTHER;
    this.#errorTypes ??= new Set();
    if (this.#errorTypes.has(errorType)) return errorType;
    if (this.#errorTypes.size >= ERROR_TYPES_PER_ROW) return OTHER;
    this.#errorTypes.add(errorType);
    return errorType;
  }

  #countUsage({ inputTokens, outputTokens, costAmount, costCurrency }: Attempt): void {
    if (isAmount(inputTokens)) {
      this.#input ??= this.#open(INPUT_TOKENS);
      this.#input.value += inputTokens;
    }
    if (isAmount(outputTokens)) {
      this.#output ??= this.#open(OUTPUT_TOKENS);
      this.#output.value += outputTokens;
    }
    if (!isAmount(costAmount) || costCurrency === undefined) return;
    if (!this.#cost || this.#costCurrency !== costCurrency) {
      if (!CURRENCY.test(costCurrency)) return;
      this.#cost = this.#open(costKind(costCurrency));
      this.#costCurrency = costCurrency;
    }
    this.#cost.value += costAmount;
  }

  #countSchema({ schemaValidity, schemaErrorType }: Attempt): void {
    if (schemaValidity === 'valid') {
      this.#valid ??= this.#open(VALID);
      this.#valid.value++;
      return;
    }
    const extra: Record<string, string> = { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: schemaValidity ?? OTHER };
    if (schemaValidity === 'invalid') extra[ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE] = schemaErrorType ?? OTHER;
    this.#open(kindOf(METRIC_LLM_FALLBACK_SCHEMA_CHECKS, extra)).value++;
  }
}

export function emptyShare(kind: SeriesKind): SeriesShare {
  const { bounds } = kind;
  const counts = bounds && new Array<number>(bounds.length + 1).fill(0);
  return { kind, value: 0, sum: 0, counts, live: undefined, startTime: 0 };
}

/** Calls that ended so; the primary's organic ones have no exercise kind. */
export const callsKind: (outcome: CallOutcome, kind: ExerciseKind | undefined) => SeriesKind = (outcome, kind) =>
  callsKinds(outcome)(kind);

/** Past the bound of a row the error type is folded, whichever batch brought it. */
export function withoutErrorType(delta: SeriesShare): SeriesShare {
  const { metric, extra } = delta.kind;
  return { ...delta, kind: kindOf(metric, { ...extra, [ATTR_ERROR_TYPE]: OTHER }) };
}

/** Made once for each of a closed set of values: to make the name of a series costs more than to count in it. */
function remembered<T, R>(make: (value: T) => R): (value: T) => R {
  const known = new Map<T, R>();
  return (value) => {
    let made = known.get(value);
    if (made === undefined) {
      made = make(value);
      known.set(value, made);
    }
    return made;
  };
}

const callsKinds = remembered((outcome: CallOutcome) =>
  remembered((kind: ExerciseKind | undefined) => kindOf(METRIC_LLM_FALLBACK_CALLS, callAttributes(outcome, kind))),
);
const durationKind = remembered((outcome: CallOutcome) =>
  kindOf(METRIC_LLM_FALLBACK_CALL_DURATION, { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome }),
);
const failoverKind = remembered((reason: TriggerReason | undefined) =>
  kindOf(METRIC_LLM_FALLBACK_FAILOVER_DURATION, { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: reason ?? OTHER }),
);
const costKind = (currency: string): SeriesKind =>
  kindOf(METRIC_LLM_FALLBACK_COST, { [ATTR_LLM_FALLBACK_COST_CURRENCY]: currency });
const INPUT_TOKENS = kindOf(METRIC_LLM_FALLBACK_TOKENS, { [ATTR_GEN_AI_TOKEN_TYPE]: 'input' });
const OUTPUT_TOKENS = kindOf(METRIC_LLM_FALLBACK_TOKENS, { [ATTR_GEN_AI_TOKEN_TYPE]: 'output' });
const VALID = kindOf(METRIC_LLM_FALLBACK_SCHEMA_CHECKS, { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid' });
const CACHE_AGE = kindOf(METRIC_LLM_FALLBACK_CACHE_AGE, {});

function failedKind(outcome: CallOutcome, kind: ExerciseKind | undefined, errorType: string): SeriesKind {
  return kindOf(METRIC_LLM_FALLBACK_CALLS, { ...callAttributes(outcome, kind), [ATTR_ERROR_TYPE]: errorType });
}

function callAttributes(outcome: CallOutcome, kind: ExerciseKind | undefined): Record<string, string> {
  const attributes: Record<string, string> = { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome };
  if (kind) attributes[ATTR_LLM_FALLBACK_EXERCISE_KIND] = kind;
  return attributes;
}

/** One more observation of a histogram. */
export function observe(series: SeriesShare, seconds: number): void {
  const { counts } = series;
  const { bounds } = series.kind;
  if (!counts || !bounds) return;
  const bucket = bucketOf(bounds, seconds);
  counts[bucket] = (counts[bucket] ?? 0) + 1;
  series.value++;
  series.sum += seconds;
}

/** Counters are monotonic: negative, infinite and missing amounts add nothing. */
function isAmount(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value < Number.POSITIVE_INFINITY;
}
