/**
 * A drill that somebody asks for by a request, as the W3C baggage entry that carries it: `P.S`, where P is the payload in base64url and
 * S the HMAC-SHA-256 of the text P, in base64url. The same code signs and checks. Never throws for what it reads.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DRILL_FAULTS, type DrillFaultName } from './attributes.ts';

/** Key of the baggage entry. */
export const BAGGAGE_DRILL = 'llm_fallback.drill';

/** Characters that a key must have at least. */
export const MIN_DRILL_KEY = 32;

/** Seconds that a request may be valid at most. */
export const MAX_DRILL_AGE = 60;

/** What a request asks for. */
export interface DrillRequest {
  readonly id: string;
  readonly chain: string;
  /** Undefined: the first fallback. */
  readonly target: string | undefined;
  readonly fault: DrillFaultName;
  /** Epoch seconds; at most {@link MAX_DRILL_AGE} ahead. */
  readonly exp: number;
}

/** Why an entry is ignored. `unsigned`: another key, or none. */
export type DrillRefusal = 'malformed' | 'unsigned' | 'expired';

const MAX_ENTRY = 4_096;
const MAX_NAME = 256;

/** The value of the baggage entry. Throws a RangeError where the key is too short. */
export function signDrillRequest({ id, chain, target, fault, exp }: DrillRequest, key: string): string {
  if (key.length < MIN_DRILL_KEY) throw new RangeError(`the key of drills needs at least ${MIN_DRILL_KEY} characters`);
  const payload = Buffer.from(JSON.stringify({ v: 1, id, chain, target, fault, exp })).toString('base64url');
  return `${payload}.${signature(payload, key).toString('base64url')}`;
}

/** Reads an entry. `now`: epoch ms. */
export function readDrillRequest(entry: string, key: string, now: number): DrillRequest | DrillRefusal {
  const [payload = '', signed = '', ...more] = entry.length > MAX_ENTRY ? [] : entry.split('.');
  if (payload === '' || signed === '' || more.length > 0) return 'malformed';
  const given = Buffer.from(signed, 'base64url');
  const wanted = signature(payload, key);
  if (key.length < MIN_DRILL_KEY || given.length !== wanted.length || !timingSafeEqual(given, wanted))
    return 'unsigned';
  const request = requestIn(payload);
  if (request === undefined) return 'malformed';
  const left = request.exp - now / 1000;
  return left > 0 && left <= MAX_DRILL_AGE ? request : 'expired';
}

function signature(payload: string, key: string): Buffer {
  return createHmac('sha256', key).update(payload).digest();
}

function requestIn(payload: string): DrillRequest | undefined {
  try {
    const { v, id, chain, target, fault, exp }: Partial<Record<string, unknown>> = Object(
      JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')),
    );
    const known = DRILL_FAULTS.find((each) => each === fault);
    if (v !== 1 || !isName(id) || !isName(chain) || known === undefined) return undefined;
    if (typeof exp !== 'number' || !Number.isFinite(exp)) return undefined;
    if (target !== undefined && target !== null && !isName(target)) return undefined;
    return { id, chain, target: target ?? undefined, fault: known, exp };
  } catch {
    return undefined;
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME;
}
