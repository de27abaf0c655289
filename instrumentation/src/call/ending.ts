/**
 * How a call ended in, what its span says of that out: answer, cost, validity, route, outcome. It keeps nothing but what
 * inference needs, and throws nothing away of what the caller gets.
 */
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  abortOutcome,
  type CallOutcome,
  DRILL_ERROR,
  failureOutcome,
  isConclusive,
  isFailure,
  isSuccess,
  triggerAfter,
} from '@warmspare/semconv';

import type { AttributeSink } from '../base/attribute-sink.ts';
import { errorClassOf, errorType, isAbort } from '../base/error-reason.ts';
import { fields, text } from '../base/read.ts';
import { guarded, reportOnce } from '../base/report.ts';
import type { GatewaySaid } from '../gateways/gateway.ts';
import { gatewaySaid } from '../gateways/gateways.ts';
import type { AttemptScope } from '../types/attempt.ts';
import type { CallAnswer, CallRequest, ReadHeader } from '../types/call.ts';
import { sayAnswer, sayCost } from './call-attributes.ts';
import { callCost } from './call-cost.ts';
import type { Pricer } from './cost.ts';
import { type Output, outputsOf } from './output.ts';
import { failedRun, inferredFindings, noteFailure, settle } from './route/inferred.ts';
import { resolveRoute } from './route/resolve.ts';
import { type Findings, NOBODY } from './route/route.ts';
import { sayRoute } from './route/routed-attributes.ts';
import { checkWire, type WireCheck } from './wire-schema.ts';

/** How a call ended. */
export interface Ending {
  /** An answer, or as much of one as was read. */
  readonly answer: CallAnswer | undefined;
  /** Reads the response's headers, where there are any to read. */
  readonly header: ReadHeader | undefined;
  /** What was thrown, where `failed`. */
  readonly error?: unknown;
  readonly failed: boolean;
  /** Nobody here saw the answer. */
  readonly unread: boolean;
}

/** The call that ended, and where it ran. */
export interface EndedCall {
  readonly request: CallRequest;
  readonly scope: AttemptScope | undefined;
  /** What the call shares with the calls that may stand in for it: the parent span, else the incoming request. */
  readonly shared: object | undefined;
  /** Of the monotonic clock, ms: what failed before what is told by it, and by when the call ended. */
  readonly began: number;
  /** What another's span that stands for this call says itself of how it failed. */
  readonly ownErrorType: string | undefined;
  /** Takes what the evidence says of other targets that failed. */
  alsoFailed(findings: Findings): void;
}

/** The outputs to hold against the request's schema; none where it has no schema, or where the answer is none that a schema judges. */
export function outputsToCheck({ answer, failed }: Ending, request: CallRequest): readonly Output[] {
  if (request.schema === undefined || failed || answer === undefined) return NO_OUTPUTS;
  return answer.finish === 'success' || answer.finish === 'unknown' ? outputsOf(answer, request) : NO_OUTPUTS;
}

const NO_OUTPUTS: readonly Output[] = [];

/**
 * Says what is known at the end, what matters most first: where a part fails, what stands before it stays. Returns the outcome;
 * undefined where nobody saw one.
 */
export function sayEnding(
  into: AttributeSink,
  ending: Ending,
  call: EndedCall,
  endedAt: number,
  price: Pricer,
): CallOutcome | undefined {
  const { answer, error, failed } = ending;
  const { request, scope } = call;
  const check = request.schema === undefined ? undefined : checkWire(request.schema, outputsToCheck(ending, request));
  if (check !== undefined) {
    into.setAttribute(ATTR_LLM_FALLBACK_SCHEMA_VALIDITY, check.validity);
    if (check.errorType !== undefined) into.setAttribute(ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE, check.errorType);
  }
  const injected = scope?.drill?.injected === true;
  const ended = ending.unread ? undefined : outcomeOf(ending, request, check);
  // An answer that a drill made up proves nothing.
  const outcome = injected && ended === 'success' ? 'unknown' : ended;
  if (outcome !== undefined) {
    if (injected) into.setAttribute(ATTR_ERROR_TYPE, DRILL_ERROR);
    else if (isFailure(outcome) || outcome === 'cancelled') {
      const found = failed ? errorType(error) : (answer?.errorType ?? outcome);
      into.setAttribute(ATTR_ERROR_TYPE, call.ownErrorType ?? found);
    }
    if (scope?.carriesOutcome !== 'attempt-span') into.setAttribute(ATTR_LLM_FALLBACK_CALL_OUTCOME, outcome);
  }
  try {
    sayRest(into, ending, call, endedAt, outcome, price);
  } catch (error) {
    reportOnce('a call could not be described', error);
  }
  return outcome;
}

function sayRest(
  into: AttributeSink,
  ending: Ending,
  call: EndedCall,
  endedAt: number,
  outcome: CallOutcome | undefined,
  price: Pricer,
): void {
  const { answer } = ending;
  const { request, scope } = call;
  const nothingCame = answer === undefined && !ending.failed;
  const said = request.direct === true || nothingCame ? undefined : saidOf(ending, request);
  if (answer?.cache !== undefined && scope?.carriesOutcome !== 'attempt-span') {
    // The target was not asked, so it is neither proved nor disproved.
    const target = scope === undefined ? undefined : 'cache';
    sayRoute(into, { type: 'cache', source: 'wrapper', cacheType: answer.cache, target });
  } else if (outcome !== undefined && scope === undefined) {
    const findings = findingsOf(ending, call, endedAt, said, outcome);
    if (findings.route !== undefined) sayRoute(into, findings.route, findings.announced);
    if (findings.failed !== undefined && findings.failed.length > 0) call.alsoFailed(findings);
  }
  if (answer === undefined || scope?.drill?.injected === true) return;
  sayAnswer(into, answer);
  const cost = callCost(answer, request, said, price);
  if (cost !== undefined) sayCost(into, cost);
}

function outcomeOf(ending: Ending, request: CallRequest, check: WireCheck | undefined): CallOutcome {
  const { answer, error, failed } = ending;
  const aborted = abortOf(ending, request);
  if (aborted !== undefined) return aborted;
  if (failed) return failureOutcome(errorClassOf(error));
  if (check?.validity === 'invalid') return 'schema_invalid';
  // A stream that stopped without a reason broke.
  return answer?.finish ?? 'error';
}

function saidOf({ answer, header, error }: Ending, request: CallRequest): GatewaySaid | undefined {
  return guarded(
    'what a gateway said could not be read',
    () => gatewaySaid({ header: header ?? headersOf(error), answer, error, request }),
    undefined,
  );
}

/** Those that clients keep with an error: an object of headers, or in old versions one of names. */
function headersOf(error: unknown): ReadHeader {
  const { headers } = fields(error);
  if (headers instanceof Headers) return (name) => headers.get(name) ?? undefined;
  return (name) => text(fields(headers)[name]);
}

/** The route of a call outside every attempt, and what else failed, from the evidence that the call leaves itself. */
function findingsOf(
  ending: Ending,
  { request, shared, began }: EndedCall,
  ended: number,
  said: GatewaySaid | undefined,
  outcome: CallOutcome,
): Findings {
  const answer = ending.failed ? undefined : ending.answer;
  const run = isConclusive(outcome) ? failedRun(shared, request, began) : undefined;
  // Most calls leave none of it.
  const evident =
    request.declared !== undefined ||
    said !== undefined ||
    run !== undefined ||
    answer?.servedBy !== undefined ||
    answer?.changedModel === true;
  const inferred = run && inferredFindings(run, { request, began, outcome });
  const findings = evident ? resolveRoute({ request, answer, said, inferred }) : NOBODY;
  if (isSuccess(outcome)) settle(shared, request, began, ended);
  else if (isConclusive(outcome)) {
    const type = ending.failed ? errorType(ending.error) : outcome;
    const reason = triggerAfter(outcome, errorClassOf(ending.error));
    noteFailure(
      shared,
      { request, began, ended, outcome, reason, errorType: type },
      findings.route?.source === 'inferred',
    );
  }
  return findings;
}

/** Whether the caller gave up, or a deadline passed. */
export function abortOf({ answer, error, failed }: Ending, request: CallRequest): 'cancelled' | 'timeout' | undefined {
  if (!failed) {
    if (answer?.finish !== undefined) return undefined;
    if (request.signal?.aborted === true) return abortOutcome(request.signal.reason);
    return answer?.brokenOff === true ? 'cancelled' : undefined;
  }
  if (errorClassOf(error) === 'timeout') return 'timeout';
  if (!isAbort(error)) return undefined;
  return request.signal?.aborted === true ? abortOutcome(request.signal.reason) : 'cancelled';
}
