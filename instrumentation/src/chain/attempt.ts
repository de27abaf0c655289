/**
 * One try of one rung: its span, the scope that LLM calls inside find, and the sum of what they report. It ends when the rung
 * has settled and its calls have; it never delays or changes what the rung gives.
 */
import type { Attributes, Context } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CACHE_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  type CallOutcome,
  DRILL_ERROR,
  isFailure,
} from '@warmspare/semconv';
import { reportOnce } from '../base/report.ts';
import { routeAttributes } from '../call/route-attributes.ts';
import { runInAttempt } from '../call/scope.ts';
import { openSpan, runInContext } from '../call/span-record.ts';
import type { AttemptScope, BreakerFacts, FinishedCall, SchemaVerdict } from '../types/attempt.ts';
import type { CallAnswer, ReadAnswer } from '../types/call.ts';
import type { DrilledAttempt } from '../types/drill.ts';
import { createCallSum } from './call-sum.ts';
import { type Ending, judge } from './judge.ts';
import { UNSEEN } from './streamed.ts';
import type { Cached } from './types.ts';

/** How long an attempt's span stays open for calls that its rung left behind, in ms. */
const GRACE = 1_000;

/** How long a stream may be read until its attempt ends without it, in ms: one that is kept and never read must not keep its run open. */
const MAX_STREAMING = 3_600_000;

/** Answers of an attempt that are kept to know what it resolves to: its last ones. */
const MAX_ANSWERS = 8;

export interface Attempt {
  /** Runs the rung: its calls find the scope, their spans the parent. */
  run<T>(fn: () => T): T;
  /** The attempt's part in a drill. */
  readonly drill: DrilledAttempt | undefined;
  /** How the newest call inside was aborted, if it was. */
  readonly aborted: FinishedCall['aborted'];
  /** The newest answer inside. */
  readonly newest: ReadAnswer | undefined;
  /** How `value` was read, where it is what a client inside resolved to, or what stood in it. */
  answerOf(value: unknown): CallAnswer | undefined;
  /** The rung has settled. */
  end(ending: Ending, cached?: Cached<unknown>): void;
  /** The rung resolved to a stream: the attempt ends with the calls that feed it. */
  streaming(): void;
  /** The stream of a client that reports no calls has ended. */
  streamEnded(ending: Ending): void;
}

export interface AttemptOptions {
  /** Without the parts that the attempt itself supplies. */
  readonly scope: Omit<AttemptScope, 'carriesOutcome' | 'spanId' | 'recording' | 'onStart' | 'onCall'>;
  readonly parent: Context;
  /** Epoch ms. */
  readonly startTime: number;
  readonly now: () => number;
  /** Exactly once, with the attempt's outcome and the end of its span. */
  readonly onEnd: (outcome: CallOutcome, endTime: number) => void;
  /** What the calls inside add up to, once the attempt has ended. */
  readonly onSum?: (attributes: Attributes) => void;
}

export function openAttempt({ scope: route, parent, startTime, now, onEnd, onSum }: AttemptOptions): Attempt {
  const span = openSpan(`${route.chain} ${route.target}`, routeAttributes(route), startTime, parent);
  const sum = createCallSum();
  let begun = 0;
  let pending = 0;
  let phase: 'open' | 'streaming' | 'settled' | 'ended' = 'open';
  let finish: (() => void) | undefined;
  let bound: ReturnType<typeof setTimeout> | undefined;
  let breaker: BreakerFacts | undefined;
  let checked: SchemaVerdict | undefined;
  const answers: ReadAnswer[] = [];

  const scope: AttemptScope = {
    ...route,
    carriesOutcome: 'attempt-span',
    spanId: span.spanId,
    get recording() {
      return span.recording;
    },
    onStart() {
      begun += 1;
      pending += 1;
    },
    onCall(call) {
      pending -= 1;
      sum.add(call);
      if (pending > 0) return;
      if (phase === 'streaming') conclude({ kind: 'streamed' }, undefined, now());
      else finish?.();
    },
    onAnswer(read) {
      answers.unshift(read);
      if (answers.length > MAX_ANSWERS) answers.pop();
    },
    onBreaker(facts) {
      breaker = facts;
    },
    onSchemaCheck(verdict) {
      // One invalid output among several is what counts.
      if (checked?.validity !== 'invalid') checked = verdict;
    },
  };

  return {
    run: (fn) => runInAttempt(scope, () => runInContext(span.context, fn)),
    drill: route.drill,
    get aborted() {
      return sum.last?.aborted;
    },
    get newest() {
      return answers[0];
    },
    answerOf: (value) => answerOf(value, answers),
    end(ending, cached) {
      if (phase !== 'open') return;
      const endTime = now();
      phase = 'settled';
      if (pending === 0) return conclude(ending, cached, endTime);
      const timer = setTimeout(() => finish?.(), GRACE);
      timer.unref();
      finish = () => {
        clearTimeout(timer);
        conclude(ending, cached, endTime);
      };
    },
    streaming() {
      if (phase !== 'open') return;
      phase = 'streaming';
      if (begun > 0 && pending === 0) return conclude({ kind: 'streamed' }, undefined, now());
      bound = setTimeout(() => conclude(UNSEEN, undefined, now()), MAX_STREAMING);
      bound.unref();
    },
    streamEnded(ending) {
      // Where the client's calls are seen, they know better how they ended.
      if (phase === 'streaming' && begun === 0) conclude(ending, undefined, now());
    },
  };

  function conclude(ending: Ending, cached: Cached<unknown> | undefined, endTime: number): void {
    if (phase === 'ended') return;
    phase = 'ended';
    finish = undefined;
    clearTimeout(bound);
    let outcome: CallOutcome = 'error';
    try {
      const verdict = judge(ending, sum.last, route.schema !== undefined, checked);
      const injected = route.drill?.injected === true;
      // An answer that a drill made up proves nothing.
      outcome = injected && verdict.outcome === 'success' ? 'unknown' : verdict.outcome;
      const errorType = injected ? DRILL_ERROR : verdict.errorType;
      span.end(endTime, isFailure(outcome), () => ({
        ...sum.attributes(),
        ...(breaker?.name !== undefined && { [ATTR_LLM_FALLBACK_BREAKER_NAME]: breaker.name }),
        ...(breaker !== undefined && { [ATTR_LLM_FALLBACK_BREAKER_STATE]: breaker.state }),
        ...(cached?.age !== undefined && { [ATTR_LLM_FALLBACK_CACHE_AGE]: cached.age }),
        ...(cached !== undefined && { [ATTR_LLM_FALLBACK_CACHE_TYPE]: cached.type }),
        ...schemaAttributes(verdict),
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
        ...(errorType !== undefined && { [ATTR_ERROR_TYPE]: errorType }),
      }));
    } catch (error) {
      reportOnce('an attempt could not be judged', error);
    }
    onEnd(outcome, endTime);
    onSum?.(sum.attributes());
  }
}

/** Newest first. The object itself; its text, taken out; or nothing, where the newest one is no good and nothing is what can be taken out. */
function answerOf(value: unknown, answers: readonly ReadAnswer[]): CallAnswer | undefined {
  if (typeof value === 'object' && value !== null) return answers.find((read) => read.value === value)?.answer;
  const text = typeof value === 'string' ? value.trim() : '';
  if (text !== '') return answers.find(({ answer }) => answer.text?.trim() === text)?.answer;
  const [newest] = answers;
  // A function that reads a stream and returns nothing may have handed it on.
  if (newest === undefined || (value === undefined && newest.streamed)) return undefined;
  if (value !== undefined && value !== null && value !== '') return undefined;
  return newest.answer.finish === 'success' || newest.answer.finish === 'unknown' ? undefined : newest.answer;
}

function schemaAttributes({ schema }: ReturnType<typeof judge>): Attributes {
  if (schema === undefined) return {};
  const { validity, errorType } = schema;
  return {
    [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: validity,
    ...(errorType !== undefined && { [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: errorType }),
  };
}
