/**
 * What the calls of one trace have to do with each other: which are one call that several instrumentations recorded, and which belong to an
 * attempt of a chain. Of one call's records the innermost is counted, since it knows what was really sent; those around it may know better
 * how it ended. The order in which the spans came plays no part. Pure.
 *
 * The alternative, to count the first record that comes and to leave out the later ones, needs no wait, but credits what a record that comes
 * later denies. So a success waits until all spans above it are known (`trace-window.ts`), which in most batches is at once.
 */
import { type CallOutcome, isFailure, sameModel } from '@warmspare/semconv';
import { type BufferedCall, inOrder, isFailedTry } from './buffered-call.ts';
import type { Link } from './links.ts';
import { isSameTarget } from './same-job.ts';
import type { Trace } from './trace.ts';
import { isOneService } from './tries.ts';

export interface Relations {
  /** Calls that are counted elsewhere: by the attempt that they are part of, by another record of the same call, or by a later try. */
  readonly elsewhere: ReadonlySet<BufferedCall>;
  /** Of a call that is counted the other records of it, from the inside out. */
  readonly records: ReadonlyMap<BufferedCall, readonly BufferedCall[]>;
}

/** Between the clocks of two instrumentations (ms). */
const CLOCK_ERROR = 50;
/** Spans above a call that are looked at. */
const MAX_DEPTH = 32;

const NONE: readonly BufferedCall[] = [];

export function relationsOf({ calls, links }: Trace): Relations {
  const byId = Map.groupBy(calls, ({ spanId }) => spanId);
  const elsewhere = new Set<BufferedCall>();
  const inside = new Map<BufferedCall, BufferedCall[]>();
  const outer = new Map<BufferedCall, BufferedCall>();
  for (const call of calls) {
    if (!isForeign(call)) continue;
    const { isPart, around } = lookAbove(call, byId, links);
    if (isPart || call.isAboveOwn) elsewhere.add(call);
    const record = retold(call, calls) ?? around;
    if (!record) continue;
    outer.set(call, record);
    const within = inside.get(record);
    if (within) within.push(call);
    else inside.set(record, [call]);
  }
  // What is counted right below a call is the same one, as whoever counts it sees it.
  for (const { parentId, around } of links.values()) {
    if (around.role === 'attempt')
      for (const call of byId.get(parentId) ?? NONE) if (isForeign(call)) elsewhere.add(call);
  }
  for (const [record, within] of inside) {
    elsewhere.add(record);
    for (const call of earlierTries(within)) elsewhere.add(call);
  }
  const records = new Map<BufferedCall, readonly BufferedCall[]>();
  for (const call of calls) {
    if (elsewhere.has(call)) continue;
    const around = recordsAround(call, outer, inside);
    if (around.length > 0) records.set(call, around);
  }
  return { elsewhere, records };
}

const isForeign = ({ own }: BufferedCall): boolean => own === undefined;

/** Whether an attempt of a chain is above the call, and the nearest record of the same call. */
function lookAbove(
  call: BufferedCall,
  byId: ReadonlyMap<string, readonly BufferedCall[]>,
  links: ReadonlyMap<string, Link>,
): { readonly isPart: boolean; readonly around: BufferedCall | undefined } {
  let around: BufferedCall | undefined;
  let isApart = false;
  let isServed = false;
  let id = call.parentId;
  for (let depth = 0; id !== '' && depth < MAX_DEPTH; depth++) {
    const link = links.get(id);
    const recorded = byId.get(id) ?? NONE;
    const role = link?.around.role ?? (recorded.length > 0 ? 'call' : undefined);
    if (role === undefined) break;
    if (role === 'attempt') return { isPart: true, around };
    isApart ||= role === 'apart';
    isServed ||= role === 'server';
    if (!isApart)
      around ??= recorded.find((record) => isOneCall(record, call) && (!isServed || isNamedAlike(record, call)));
    id = link?.parentId ?? recorded[0]?.parentId ?? '';
  }
  return { isPart: false, around };
}

/** What the call around both told of this call once it was over. */
function retold(call: BufferedCall, calls: readonly BufferedCall[]): BufferedCall | undefined {
  if (call.tryRank !== undefined || call.parentId === '') return undefined;
  return calls.find(
    (other) => other.tryRank !== undefined && other.parentId === call.parentId && isOneCall(other, call),
  );
}

/** Whether `call`, which is below `record` or beside it, is what that one recorded: nothing says that model or job differ. */
function isOneCall(record: BufferedCall, call: BufferedCall): boolean {
  if (record === call || record.own !== undefined) return false;
  if (!isOneService(record.call.service, call.call.service)) return false;
  if (record.tryRank !== undefined && call.tryRank !== undefined && record.tryRank !== call.tryRank) return false;
  if (record.job !== undefined && call.job !== undefined && record.job !== call.job) return false;
  const { startTime, endTime } = record.call;
  if (call.call.startTime < startTime - CLOCK_ERROR || call.call.startTime > endTime + CLOCK_ERROR) return false;
  // A gateway's group is an alias of the models that it chooses among.
  return record.group !== undefined || isGroupOf(record, call) || isOneModel(record, call);
}

/** What was asked for is the gateway's own name of what it called. */
function isGroupOf({ call: { requestModel } }: BufferedCall, { group }: BufferedCall): boolean {
  return group !== undefined && group === requestModel;
}

/** In another process only a gateway makes the call that is above, and the names tell: what is not said does not. */
function isNamedAlike(record: BufferedCall, call: BufferedCall): boolean {
  if (isGroupOf(record, call)) return true;
  return namesOf(record).length > 0 && namesOf(call).length > 0 && isOneModel(record, call);
}

function namesOf({ call: { requestModel, responseModel } }: BufferedCall): readonly string[] {
  return [requestModel, responseModel].filter((name) => name !== undefined);
}

function isOneModel(record: BufferedCall, call: BufferedCall): boolean {
  const names = namesOf(record);
  const others = namesOf(call);
  if (names.length === 0 || others.length === 0) return true;
  return names.some((name) => others.some((other) => sameModel(name, other)));
}

/** Calls within one record that failed before the next one of the same target: tries of one attempt, as whoever recorded it sees it. */
function earlierTries(within: readonly BufferedCall[]): readonly BufferedCall[] {
  const ordered = [...within].sort(inOrder);
  return ordered.filter(
    (call, index) => isFailedTry(call.outcome) && ordered.slice(index + 1).some((later) => isSameTarget(call, later)),
  );
}

/** A record around several calls tells of the last one. */
function recordsAround(
  call: BufferedCall,
  outer: ReadonlyMap<BufferedCall, BufferedCall>,
  inside: ReadonlyMap<BufferedCall, readonly BufferedCall[]>,
): readonly BufferedCall[] {
  const found: BufferedCall[] = [];
  let from = call;
  for (let record = outer.get(from); record && found.length < MAX_DEPTH; record = outer.get(from)) {
    const within = inside.get(record) ?? NONE;
    if (within.some((other) => other !== from && inOrder(from, other) < 0)) break;
    found.push(record);
    from = record;
  }
  return found;
}

/** How a call ended by all of its records: a failure that one of them tells is one, and a success is what all of them tell. */
export function outcomeOf(outcomes: readonly CallOutcome[]): CallOutcome {
  const failed = outcomes.find(isFailure);
  return failed ?? outcomes.find((outcome) => outcome !== 'success') ?? 'success';
}
