/**
 * A trace as far as it is known in, what is decided of its calls out: which are counted now and as what, which wait, and which are counted
 * elsewhere. Pure.
 */
import { type CallOutcome, isFailure } from '@warmspare/semconv';
import type { Attempt } from '../types/evidence.ts';
import { type BufferedCall, callOf, isFailedTry } from './buffered-call.ts';
import { type Claim, claimsIn } from './declared-chains.ts';
import type { Link } from './links.ts';
import { isOneFailure } from './own-ladders.ts';
import { outcomeOf, type Relations, relationsOf } from './relations.ts';
import { isUndecided, type Trace } from './trace.ts';
import { attemptsOf, type TriedCall } from './tries.ts';
import { violations } from './violations.ts';

export interface Decisions {
  /** Calls that the configuration assigns. */
  readonly counted: readonly { readonly call: BufferedCall; readonly attempt: Attempt }[];
  readonly waiting: readonly BufferedCall[];
  /** Calls of a chain that a library declares. */
  readonly claimed: readonly Claim[];
  /** Unassigned from now on. */
  readonly listed: readonly BufferedCall[];
  /** Counted elsewhere, though they wait or are listed, or come now. */
  readonly elsewhere: readonly BufferedCall[];
  /** Successes that were counted before another record of the call came that denies them. */
  readonly denied: readonly { readonly counted: BufferedCall; readonly by: BufferedCall }[];
  /** Attempts by calls that are counted or may be, retries in one, in the order of their starts. */
  readonly attempts: readonly TriedCall[];
}

/** Spans above a call that are looked at. */
const MAX_DEPTH = 32;

/** `isFinal`: nothing more is to be expected. Else only what no later span of the trace can change is counted. */
export function decide(trace: Trace, isFinal: boolean): Decisions {
  const relations = relationsOf(trace);
  const counting = trace.calls.filter((call) => !relations.elsewhere.has(call));
  const violated = violations({ ...trace, calls: counting });
  const outcomes = new Map(counting.map((call) => [call, outcomeIn(call, relations, violated)]));
  const attempts = attemptsOf(counting, outcomes);
  const tries = new Set(attempts.flatMap(({ earlier }) => earlier));
  const claims = new Map(claimsIn(trace, relations).map((claim) => [claim.call, claim]));
  const found = {
    counted: [] as { call: BufferedCall; attempt: Attempt }[],
    waiting: [] as BufferedCall[],
    claimed: [] as Claim[],
    listed: [] as BufferedCall[],
    elsewhere: trace.calls.filter((call) => relations.elsewhere.has(call) && isUndecided(call)),
    denied: deniedIn(relations),
    attempts: attempts.filter(({ last }) => !claims.has(last)),
  };
  for (const call of counting) {
    if (!isUndecided(call)) continue;
    const claim = claims.get(call);
    const isSettled = isFinal || isComplete(call, trace.links);
    const outcome = outcomes.get(call) ?? call.call.outcome;
    // A record of it was counted before the others came.
    if (relations.records.get(call)?.some(({ state }) => state === 'counted')) found.elsewhere.push(call);
    else if (claim && isSettled) found.claimed.push({ ...claim, attempt: { ...claim.attempt, outcome } });
    else if (isFinal && tries.has(call) && isAssigned(call)) found.elsewhere.push(call);
    else if (recordsOf(call, relations).some(isAssigned) && (isFinal || !mayChange(call, isSettled))) {
      found.counted.push({ call, attempt: attemptOf(call, relations, outcome) });
    } else if (isAssigned(call)) found.waiting.push(call);
    else if (trace.calls.some((other) => isOneFailure(other, call))) found.elsewhere.push(call);
    else found.listed.push(call);
  }
  return found;
}

/** What comes after its call was counted cannot take the count back, but shows that it was no success. */
function deniedIn({ records }: Relations): Decisions['denied'] {
  return [...records].flatMap(([call, around]) => {
    const all = [call, ...around];
    const counted = all.find(({ state, outcome }) => state === 'counted' && outcome === 'success');
    const by = all.find((record) => isUndecided(record) && isFailure(record.outcome));
    return counted && by && isAssigned(counted) ? [{ counted, by }] : [];
  });
}

const isAssigned = ({ call }: BufferedCall): boolean => call.kind === 'attempt';

/** A later try may follow a failed one, which is none of its own then; a span that is not known yet may deny a success. */
function mayChange({ isTry, isHeld, outcome }: BufferedCall, isComplete: boolean): boolean {
  return isFailedTry(outcome) ? isTry : outcome === 'success' && isHeld && !isComplete;
}

/** The call itself first. */
const recordsOf = (call: BufferedCall, { records }: Relations): readonly BufferedCall[] => [
  call,
  ...(records.get(call) ?? []),
];

function outcomeIn(call: BufferedCall, relations: Relations, violated: ReadonlySet<BufferedCall>): CallOutcome {
  const told = recordsOf(call, relations).map((record) => record.call.outcome);
  return outcomeOf(violated.has(call) ? [...told, 'schema_invalid'] : told);
}

/** All spans above it are known. */
function isComplete({ parentId }: BufferedCall, links: ReadonlyMap<string, Link>): boolean {
  let id = parentId;
  for (let depth = 0; id !== ''; depth++) {
    const link = depth < MAX_DEPTH ? links.get(id) : undefined;
    if (!link) return false;
    id = link.parentId;
  }
  return true;
}

/** The call with what its other records know besides: each of them may lack something. */
function attemptOf(call: BufferedCall, relations: Relations, outcome: CallOutcome): Attempt {
  const records = recordsOf(call, relations);
  const { chain, target, routeType, rank, configured } = (records.find(isAssigned) ?? call).call;
  const place = { chain, target, routeType, rank, configured };
  let attempt: Attempt = { ...callOf(call), ...place, kind: 'attempt', outcome };
  for (const { call: record } of records.slice(1)) {
    const isDenied = record.schemaValidity === 'invalid' && attempt.schemaValidity !== 'invalid';
    const { schemaValidity, schemaErrorType } = attempt.schemaValidity === undefined || isDenied ? record : attempt;
    attempt = {
      ...attempt,
      errorType: attempt.errorType ?? record.errorType,
      provider: attempt.provider ?? record.provider,
      requestModel: attempt.requestModel ?? record.requestModel,
      responseModel: attempt.responseModel ?? record.responseModel,
      inputTokens: attempt.inputTokens ?? record.inputTokens,
      outputTokens: attempt.outputTokens ?? record.outputTokens,
      costAmount: attempt.costAmount ?? record.costAmount,
      costCurrency: attempt.costAmount === undefined ? record.costCurrency : attempt.costCurrency,
      schemaValidity,
      schemaErrorType,
      schemaFingerprint: attempt.schemaFingerprint ?? record.schemaFingerprint,
      promptFingerprint: attempt.promptFingerprint ?? record.promptFingerprint,
      promptVersion: attempt.promptVersion ?? record.promptVersion,
    };
  }
  return attempt;
}
