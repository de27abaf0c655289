/**
 * One run of a chain: tries its rungs in order until one answers. What the user gets is decided by the rungs alone; nothing
 * that fails in the recording reaches the user.
 */
import { abortOutcome, type ChainOutcome, DRILL_ERROR } from '@warmspare/semconv';
import { errorType, isAbort, triggerReason } from '../base/error-reason.ts';
import { isUsingClients } from '../call/record.ts';
import { DrillFault } from '../drill/fault.ts';
import { late } from '../drill/http-fault.ts';
import type { DrilledAttempt } from '../types/drill.ts';
import { type Given, parse, read, refuseNoAnswer, refuseNothing, showsAnswer } from './answer.ts';
import type { Attempt } from './attempt.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { CacheMissError, LowConfidenceError } from './errors.ts';
import { streamIn } from './known-answers.ts';
import type { Plan } from './plan.ts';
import { openRun, type RunRecord } from './run-record.ts';
import { onStreamEnd } from './streamed.ts';
import { Cached, type Rung } from './types.ts';

/** Resolves to the first accepted answer; rejects with what `Chain` says. */
export async function runChain(plan: Plan, input: unknown, signal: AbortSignal | undefined): Promise<unknown> {
  const run = openRun(plan);
  const errors: unknown[] = [];
  let primaryErrorType: string | undefined;

  for (const [rank, rung] of plan.rungs.entries()) {
    if (isAborted(signal)) return giveUp(run, signal?.reason);
    const before = errors.at(-1);
    // A cache that held nothing did not fail: the chain goes on for what failed before it.
    const failure = errors.findLast((error) => !(error instanceof CacheMissError)) ?? before;
    if (rank > 0 && (await isPassedOver(rung, before, errors, signal))) continue;
    const attempt = run.attempt(rung, rank, rank === 0 ? undefined : triggerReason(failure), primaryErrorType);
    const deadline = createDeadline(rung.timeout, signal);
    try {
      return await tryRung({ plan, rung, run, attempt, deadline, input, before });
    } catch (error) {
      const stopped = stoppedBy(error, attempt, deadline, signal);
      attempt.end({ kind: stopped ?? 'failed', error });
      errors.push(error);
      if (rank === 0) primaryErrorType = attempt.drill?.injected === true ? DRILL_ERROR : errorType(error);
      if (isAborted(signal)) return giveUp(run, signal?.reason);
      if (stopped === 'cancelled') return giveUp(run, error);
    } finally {
      deadline.clear();
    }
  }
  if (isAborted(signal)) return giveUp(run, signal?.reason);
  const types = errors.map(errorType).join(', ');
  run.failed(run.lost());
  throw new AggregateError(errors, `chain ${JSON.stringify(plan.chain)}: no target answered (${types})`);
}

interface Try {
  readonly plan: Plan;
  readonly rung: Rung<unknown, unknown, unknown>;
  readonly run: RunRecord;
  readonly attempt: Attempt;
  readonly deadline: Deadline;
  readonly input: unknown;
  readonly before: unknown;
}

async function tryRung(trying: Try): Promise<unknown> {
  const { run, attempt, deadline } = trying;
  const { given, hit, value, validated, unread } = await deadline.race(acceptedFrom(trying));
  const stream = validated || given.answer !== undefined ? undefined : streamIn(given.value);
  if (stream !== undefined) {
    attempt.streaming();
    onStreamEnd(stream, (ending) => attempt.streamEnded(ending));
    run.streamed(attempt);
  } else {
    attempt.end({ kind: 'served', validated, answer: given.answer, unread }, hit);
    run.served();
  }
  if (trying.rung === trying.plan.rungs[0] && !run.drilled) trying.plan.shadow?.after(trying.input);
  return value;
}

/** Runs a rung beside the user's path: what comes is read and judged, and thrown away. */
export async function runShadow(plan: Plan, rung: Try['rung'], attempt: Attempt, input: unknown): Promise<void> {
  const deadline = createDeadline(rung.timeout ?? SHADOW_TIMEOUT, undefined);
  try {
    const trying = { plan, rung, attempt, deadline, input, before: undefined };
    const { given, hit, validated, unread } = await deadline.race(acceptedFrom(trying));
    const stream = validated || given.answer !== undefined ? undefined : streamIn(given.value);
    if (stream === undefined) return attempt.end({ kind: 'served', validated, answer: given.answer, unread }, hit);
    attempt.streaming();
    onStreamEnd(stream, (ending) => attempt.streamEnded(ending));
    for await (const _ of stream);
  } catch (error) {
    attempt.end({ kind: stoppedBy(error, attempt, deadline, undefined) ?? 'failed', error });
  } finally {
    deadline.clear();
  }
}

/** Of a rung that has none of its own, ms: nobody waits for it. */
const SHADOW_TIMEOUT = 60_000;

interface Accepted {
  readonly given: Given;
  readonly hit: Cached<unknown> | undefined;
  /** What the chain resolves to. */
  readonly value: unknown;
  readonly validated: boolean;
  readonly unread: boolean;
}

/** Runs the rung, reads what it resolved to, holds it against the schema and asks `accept`. Throws why the chain must go on. */
async function acceptedFrom(trying: Omit<Try, 'run'>): Promise<Accepted> {
  const { plan, rung, attempt, deadline, input, before } = trying;
  const run = (): Promise<unknown> =>
    attempt.run(async () => rung.run(input, { signal: deadline.signal, error: before }));
  const result = attempt.drill?.fails === true ? await failed(trying, attempt.drill, run) : await run();
  const hit = result instanceof Cached ? result : undefined;
  const found = hit === undefined ? result : hit.value;
  if ((hit !== undefined || rung.type === 'cache') && (found === undefined || found === null))
    throw new CacheMissError();
  const given = read(rung, found, attempt.answerOf(found));
  refuseNoAnswer(given);
  if (plan.schema === undefined) refuseNothing(given, rung.type, attempt.newest);
  const value = plan.schema === undefined ? found : await parse(plan.schema, given);
  if (rung.accept !== undefined && !(await rung.accept(value))) throw new LowConfidenceError(rung.name);
  return { given, hit, value, validated: plan.schema !== undefined, unread: !showsAnswer(found, rung.type) };
}

/**
 * A target that a drill makes fail. Its function runs, so that its client can fail as it would in an outage, unless there is no client
 * inside: then an error of ours stands for what it would throw, and what came in spite of the drill is nobody's.
 */
async function failed(
  { rung, deadline }: Pick<Try, 'rung' | 'deadline'>,
  drill: DrilledAttempt,
  run: () => Promise<unknown>,
) {
  const isModel = rung.type === 'primary' || rung.type === 'fallback';
  if (isModel && isUsingClients() && callsClient.get(rung) !== false) {
    const result = await run();
    if (drill.injected) return result;
    callsClient.set(rung, false);
  }
  drill.injected = true;
  drill.drill.inject(rung.name);
  if (drill.fault === 'slow') await late(drill.drill.delayMs, deadline.signal);
  throw new DrillFault(drill.fault, rung.name);
}

/** Of rungs that drills made fail: those without a client that is patched need not run again to show it. */
const callsClient = new WeakMap<object, boolean>();

/** A `when` that throws or takes longer than the rung may is the user's error like any other: the rung is passed over and the error kept. */
async function isPassedOver(
  rung: Try['rung'],
  before: unknown,
  errors: unknown[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (rung.when === undefined) return false;
  const deadline = createDeadline(rung.timeout, signal);
  try {
    return !(await deadline.race(Promise.resolve(rung.when(before))));
  } catch (error) {
    errors.push(error);
    return true;
  } finally {
    deadline.clear();
  }
}

/** Who ended the attempt before its answer, if anybody did: its deadline, the caller's signal, or a signal of the rung's own. */
function stoppedBy(
  error: unknown,
  attempt: Attempt,
  deadline: Deadline,
  signal: AbortSignal | undefined,
): 'cancelled' | 'timeout' | undefined {
  if (deadline.expired) return 'timeout';
  if (isAborted(signal)) return abortOutcome(signal?.reason);
  return isAbort(error) ? (attempt.aborted ?? 'cancelled') : undefined;
}

/** A signal may be aborted during any await, which the compiler does not expect of a property. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** The caller wants no answer any more, or wants it no later: no further rung is tried. */
function giveUp(run: RunRecord, reason: unknown): never {
  const tooLate = abortOutcome(reason) === 'timeout' && run.attempts > 0;
  const outcome: ChainOutcome = tooLate ? run.lost() : 'cancelled';
  run.failed(outcome, errorType(reason));
  throw reason;
}
