/**
 * Which span a span is below. Spans around calls are what tells whose siblings calls are, and which of them are one call or part of an
 * attempt, but most spans are around none, and their number is that of all traffic. So each is noted in a ring of fixed size, and one that
 * a call waits for is told apart as it comes. It allocates nothing per span.
 *
 * Children end before their parents, so that what a trace waits for comes later as a rule; the ring is for what came first: other
 * scopes of one request, batches out of order. The alternative, to relate all calls of a trace by time and evidence alone, needs no links,
 * but takes a title that failed in one part of a request for the primary of an answer in another.
 */

import { ID_WORDS, setIds, spanIdOf } from '../base/ids.ts';
import { type Around, ATTEMPT, NO_SITES, PLAIN, type Role, type Sites } from '../normalise/dialects/job-reader.ts';
import type { Span } from '../types/span.ts';
import { createIdTable, createSpanRing, PLACE_BITS, type Place, placeOf } from './span-ring.ts';

export interface Link {
  readonly spanId: string;
  /** Empty where there is none. */
  readonly parentId: string;
  readonly around: Around;
}

/** Nobody waits for a span; a call is below it; a call that failed is, so that it is to be kept. */
export type Wait = 0 | 1 | 2;

/** What is known above a span: an attempt of a chain, else a call, else nothing up to a root, or up to a span that did not come yet. */
export type Above = 'attempt' | 'call' | 'root' | 'unknown';

export interface Links {
  /** Who waits for the span, and waits for its parent from now on. */
  note(span: Place, around: Around): Wait;
  /** A trace waits for this span. */
  wait(traceId: string, spanId: string): void;
  /** The span is a call that failed. */
  fail(span: Pick<Span, 'ids'>): void;
  /** Whether a call of the span's trace failed, as far as that can be told at a glance: now and then one of another trace did. */
  hasFailed(span: Pick<Span, 'ids'>): boolean;
  /** What is known above a span. `wait`: who waits for the first span there that did not come yet. */
  above(span: Place, wait: Wait): Above;
  /** The span is a call as our own instrumentation recorded it. */
  noteOwn(span: Place): void;
  /** Whether such a span was noted right below this one. */
  isAboveOwn(span: Place): boolean;
  /** What was noted of a span last, as long as the ring holds it. */
  find(traceId: string, spanId: string): Link | undefined;
  /** What waits since before the last two turns is given up. */
  turn(): void;
}

/** Spans that calls wait for, and spans with a call of our own right below, of the last seconds, in 128 and 64 KiB. */
const CALM_BITS = 13;
const OWN_BITS = 12;

/** Spans above one call that are looked at. */
const MAX_DEPTH = 32;

/** Call sites that are told apart by what is noted; a span of a further one names none. */
const MAX_SITES = 4_096;

export function createLinks(): Links {
  const ring = createSpanRing();
  const calm = createIdTable(CALM_BITS);
  const own = createIdTable(OWN_BITS);
  /** Where something failed below. By the places of their ids: a span that is taken for another one is looked at and dropped. */
  let waiting = new Uint8Array(2 ** PLACE_BITS);
  let waitingBefore = new Uint8Array(2 ** PLACE_BITS);
  let anyWaits = false;
  let anyWaited = false;
  const knownSites: Sites[] = [NO_SITES];
  const numbers = new Map<Sites, number>([[NO_SITES, 0]]);

  const numberOf = (sites: Sites): number => {
    const known = numbers.get(sites);
    if (known !== undefined) return known;
    if (knownSites.length === MAX_SITES) return 0;
    numbers.set(sites, knownSites.length);
    return knownSites.push(sites) - 1;
  };

  /** The role, whether the span is of a framework, and the number of its sites. */
  const codeOf = (around: Around): number => {
    if (around === PLAIN) return PLAIN_CODE;
    if (around === ATTEMPT) return ATTEMPT_CODE;
    const { role, sites, isFramework } = around;
    return ROLES.indexOf(role) + (isFramework ? FRAMEWORK : 0) + numberOf(sites) * SITES;
  };

  const aroundOf = (code: number): Around => ({
    role: ROLES[code % FRAMEWORK] ?? 'plain',
    isFramework: (code & FRAMEWORK) !== 0,
    sites: knownSites[Math.floor(code / SITES)] ?? NO_SITES,
  });

  const wait = (place: number): void => {
    waiting[place] = 1;
    anyWaits = true;
  };

  const isWaitedFor = (place: number): boolean =>
    (anyWaits || anyWaited) && ((waiting[place] as number) | (waitingBefore[place] as number)) !== 0;

  const waitFor = (trace2: number, trace3: number, high: number, low: number, who: Wait): void => {
    const place = placeOf(trace3, high, low);
    if (who === 2) wait(place);
    else if (who === 1) calm.add(place, trace2, trace3, high, low);
  };

  return {
    note(span, around) {
      const { ids, parent } = span;
      const trace2 = signed(ids[2]);
      const trace3 = signed(ids[3]);
      const high = signed(ids[4]);
      const low = signed(ids[5]);
      if ((high | low) === 0) return 0;
      const place = placeOf(trace3, high, low);
      ring.note(span, place, codeOf(around));
      const who = isWaitedFor(place) ? 2 : calm.has(place, trace2, trace3, high, low) ? 1 : 0;
      if (who > 0) waitFor(trace2, trace3, signed(parent[0]), signed(parent[1]), who);
      return who;
    },
    wait(traceId, spanId) {
      setIds(words, traceId, spanId);
      wait(placeOf(signed(words[3]), signed(words[4]), signed(words[5])));
    },
    // No span has this id.
    fail: ({ ids }) => wait(placeOf(signed(ids[3]), 0, 0)),
    hasFailed: ({ ids }) => isWaitedFor(placeOf(signed(ids[3]), 0, 0)),
    above({ ids, parent }, who) {
      const trace2 = signed(ids[2]);
      const trace3 = signed(ids[3]);
      let high = signed(parent[0]);
      let low = signed(parent[1]);
      let isCall = false;
      for (let depth = 0; depth < MAX_DEPTH; depth++) {
        if ((high | low) === 0) return isCall ? 'call' : 'root';
        const row = ring.find(placeOf(trace3, high, low), trace2, trace3, high, low);
        if (row < 0) {
          waitFor(trace2, trace3, high, low, who);
          break;
        }
        const role = ROLES[ring.around(row) % FRAMEWORK];
        if (role === 'attempt') return role;
        if (role === 'call') isCall = true;
        high = ring.parentHigh(row);
        low = ring.parentLow(row);
      }
      return isCall ? 'call' : 'unknown';
    },
    noteOwn({ ids, parent }) {
      const trace = signed(ids[3]);
      const high = signed(parent[0]);
      const low = signed(parent[1]);
      own.add(placeOf(trace, high, low), signed(ids[2]), trace, high, low);
    },
    isAboveOwn({ ids }) {
      const trace = signed(ids[3]);
      const high = signed(ids[4]);
      const low = signed(ids[5]);
      return own.has(placeOf(trace, high, low), signed(ids[2]), trace, high, low);
    },
    find(traceId, spanId) {
      setIds(words, traceId, spanId);
      const high = signed(words[4]);
      const low = signed(words[5]);
      const row = ring.find(placeOf(signed(words[3]), high, low), signed(words[2]), signed(words[3]), high, low);
      if (row < 0) return undefined;
      words[4] = ring.parentHigh(row);
      words[5] = ring.parentLow(row);
      return { spanId, parentId: spanIdOf(words), around: aroundOf(ring.around(row)) };
    },
    turn() {
      const free = waitingBefore;
      waitingBefore = waiting;
      waiting = free.fill(0);
      anyWaited = anyWaits;
      anyWaits = false;
    },
  };
}

const words = new Uint32Array(ID_WORDS);

const ROLES: readonly Role[] = ['plain', 'holder', 'outer', 'apart', 'attempt', 'call', 'server'];
const FRAMEWORK = 8;
const SITES = 16;
const PLAIN_CODE = ROLES.indexOf('plain');
const ATTEMPT_CODE = ROLES.indexOf('attempt');

const signed = (word: number | undefined): number => (word as number) | 0;
