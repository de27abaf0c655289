/**
 * Drills that come with a request: the signed entry of its W3C baggage, as the app's propagator extracted it or as it stands in the HTTP
 * header. What is not signed, late, or was used before is ignored, and counted.
 */
import { diag, propagation, trace } from '@opentelemetry/api';
import { BAGGAGE_DRILL, type DrillRefusal, MIN_DRILL_KEY, readDrillRequest } from '@warmspare/semconv';
import { guarded, reportOnce } from '../base/report.ts';
import { drillsComeFrom, type RunningDrill } from '../call/drill-scope.ts';
import { activeRequest, readBaggage } from '../call/route/request-scope.ts';
import { currentContext } from '../call/span-record.ts';
import { openDrill } from './running.ts';
import { drillKey } from './switch.ts';

/** What became of the requests for drills that came since the process began. */
export type DrillRequests = Readonly<Record<'accepted' | 'replayed' | DrillRefusal, number>>;

const counts: Record<keyof DrillRequests, number> = { accepted: 0, replayed: 0, malformed: 0, unsigned: 0, expired: 0 };

/** How many requests for drills were accepted, and how many ignored, by reason. */
export function drillRequests(): DrillRequests {
  return { ...counts };
}

/** A drill by request ends when its chain was idle for so long, ms, and at the latest when nobody waits any more. */
const IDLE = 500;
const LONGEST = 120_000;

/** How late the answer of `slow` comes, ms: a request does not say. */
const DELAY = 30_000;

/** Used ids are kept until no request with them is valid any more; more than this many in a minute are no drills. */
const MAX_USED = 10_000;

let key: string | undefined;
let isAccepting = false;

/** Takes drills by request from now on where `WARMSPARE_DRILL_KEY` is set. */
export function acceptDrillRequests(given: string | undefined = drillKey()): void {
  if (isAccepting || given === undefined) return;
  if (given.length < MIN_DRILL_KEY) {
    reportOnce(`WARMSPARE_DRILL_KEY needs at least ${MIN_DRILL_KEY} characters; drills by request are off`, undefined);
    return;
  }
  key = given;
  isAccepting = true;
  readBaggage(true);
  drillsComeFrom((chain) => guarded('a request for a drill could not be read', () => drillOf(chain), undefined));
}

/** Takes none any more. */
export function refuseDrillRequests(): void {
  isAccepting = false;
  readBaggage(false);
  drillsComeFrom(undefined);
}

interface Claim {
  readonly drill: RunningDrill;
  readonly holder: object;
  readonly traceId: string | undefined;
  readonly exp: number;
}

/** By entry: what it asks for belongs to the request that came with it first. */
const claims = new Map<string, Claim>();
/** Entries that were ignored: each is counted once for each request. */
const ignored = new WeakMap<object, string>();

function drillOf(chain: string | undefined): RunningDrill | undefined {
  if (chain === undefined || key === undefined) return undefined;
  const found = entryAround();
  if (found === undefined) return undefined;
  const { entry, holder } = found;
  if (ignored.get(holder) === entry) return undefined;
  const claim = claims.get(entry);
  if (claim === undefined) return claimed(entry, holder, key, chain);
  if (isSameRequest(claim, holder)) return claim.drill.chain === chain ? claim.drill : undefined;
  ignore(holder, entry, 'replayed');
  return undefined;
}

function entryAround(): { readonly entry: string; readonly holder: object } | undefined {
  const request = activeRequest();
  const extracted = propagation.getBaggage(currentContext());
  const entry = extracted?.getEntry(BAGGAGE_DRILL)?.value ?? entryIn(request?.baggage);
  const holder = request ?? extracted;
  return entry === undefined || holder === undefined ? undefined : { entry, holder };
}

/** https://www.w3.org/TR/baggage/: entries by commas, properties of an entry by semicolons. */
function entryIn(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 8_192 || !header.includes(BAGGAGE_DRILL)) return undefined;
  for (const member of header.split(',')) {
    const [name = '', value] = (member.split(';', 1)[0] ?? '').split('=', 2);
    if (name.trim() === BAGGAGE_DRILL && value !== undefined) return decoded(value.trim());
  }
  return undefined;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function claimed(entry: string, holder: object, signedBy: string, chain: string): RunningDrill | undefined {
  const now = Date.now();
  const asked = readDrillRequest(entry, signedBy, now);
  if (typeof asked === 'string') {
    ignore(holder, entry, asked);
    return undefined;
  }
  // It may be meant for another service of the request's way.
  if (asked.chain !== chain) return undefined;
  forgetOld(now / 1000);
  const isUsed = [...claims.values()].some(({ drill }) => drill.id === asked.id);
  if (isUsed || claims.size >= MAX_USED) {
    ignore(holder, entry, 'replayed');
    return undefined;
  }
  counts.accepted += 1;
  const open = openDrill({ ...asked, models: [], delayMs: DELAY, idle: IDLE, longest: LONGEST });
  if (!open.drill.live()) open.settled(0);
  claims.set(entry, { drill: open.drill, holder, traceId: traceIdOf(), exp: asked.exp });
  return open.drill;
}

function isSameRequest({ holder, traceId }: Claim, other: object): boolean {
  return holder === other || (traceId !== undefined && activeRequest() === undefined && traceId === traceIdOf());
}

function traceIdOf(): string | undefined {
  return trace.getSpanContext(currentContext())?.traceId;
}

function forgetOld(seconds: number): void {
  for (const [entry, { exp }] of claims) if (exp < seconds) claims.delete(entry);
}

function ignore(holder: object, entry: string, why: keyof DrillRequests): void {
  ignored.set(holder, entry);
  counts[why] += 1;
  if (counts[why] === 1)
    diag.warn(`@warmspare/instrumentation: a request for a drill is ignored: ${why}; further ones are counted`);
}
