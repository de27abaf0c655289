/**
 * Which span a span is below. Spans around calls are what tells whose siblings calls are, but most spans are around none, and their number
 * is that of all traffic. So each is noted in a ring of fixed size, and one that a failed call's trace waits for is told apart as it comes.
 * It allocates nothing per span, and looks none up before something fails.
 *
 * Children end before their parents, so that what a trace waits for comes later as a rule; the ring is for what came first: other
 * scopes of one request, batches out of order. The alternative, to relate all calls of a trace by time and evidence alone, needs no links,
 * but takes a title that failed in one part of a request for the primary of an answer in another.
 */
import { type Around, ATTEMPT, NO_SITES, PLAIN, type Role, type Sites } from '../dialects/job-reader.ts';
import { ID_WORDS, setIds, spanIdOf } from '../ids.ts';
import type { Span } from '../types/span.ts';

export interface Link {
  readonly spanId: string;
  /** Empty where there is none. */
  readonly parentId: string;
  readonly around: Around;
}

export interface Links {
  /** Whether somebody waits for the span: it is to be kept, and its parent is waited for from now on. */
  note(span: Pick<Span, 'ids' | 'parent'>, around: Around): boolean;
  /** A trace waits for this span. */
  wait(traceId: string, spanId: string): void;
  /** A call failed below this span, which its trace waits for. */
  fail(traceId: string, spanId: string): void;
  /** Whether a call of the span's trace failed, as far as that can be told at a glance: now and then one of another trace did. */
  hasFailed(span: Pick<Span, 'ids'>): boolean;
  /** What was noted of a span last, as long as the ring holds it. */
  find(traceId: string, spanId: string): Link | undefined;
  /** What waits since before the last two turns is given up. */
  turn(): void;
}

/** Spans that the ring holds: a minute of a thousand spans a second, in 2 MiB. */
const ROWS = 2 ** 16;
/** Words of a row: half of the trace's id, the span's, its parent's, what is around, and the row of the same place before it. */
const WORDS = 8;
const TRACE = 0;
const SPAN = 2;
const PARENT = 4;
const AROUND = 6;
const OLDER = 7;

/** Rows are numbered within 31 bits. */
const MAX_NOTED = 2 ** 31 - 1;

/** Call sites that are told apart by what is noted; a span of a further one names none. */
const MAX_SITES = 4_096;

export function createLinks(): Links {
  const ring = new Int32Array(ROWS * WORDS);
  /** By place the number of the newest row there, from 1 on; rows up to `indexed` are in it. Numbers go on when the ring begins again. */
  const newest = new Uint32Array(ROWS);
  let noted = 0;
  let indexed = 0;
  /** By the places of their ids: a span that is taken for another one is looked at and dropped. */
  let waiting = new Uint8Array(ROWS);
  let waitingBefore = new Uint8Array(ROWS);
  let anyWaits = false;
  let anyWaited = false;
  const knownSites: Sites[] = [NO_SITES];
  const numbers = new Map<Sites, number>([[NO_SITES, 0]]);

  const numberOf = (sites: Sites): number => {
    const number = numbers.get(sites);
    if (number !== undefined) return number;
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

  const at = (number: number, word: number): number => ring[((number - 1) % ROWS) * WORDS + word] ?? 0;

  /** Most of the time nobody looks anything up, and this is not called. */
  const index = (): void => {
    for (let number = Math.max(indexed, noted - ROWS) + 1; number <= noted; number++) {
      const place = placeOf(at(number, TRACE + 1), at(number, SPAN), at(number, SPAN + 1));
      ring[((number - 1) % ROWS) * WORDS + OLDER] = newest[place] ?? 0;
      newest[place] = number;
    }
    indexed = noted;
  };

  const forget = (): void => {
    newest.fill(0);
    noted = 0;
    indexed = 0;
  };

  const isWaitedFor = (trace: number, high: number, low: number): boolean => {
    const place = placeOf(trace, high, low);
    return ((waiting[place] ?? 0) | (waitingBefore[place] ?? 0)) !== 0;
  };

  const wait = (traceId: string, spanId: string): void => {
    setIds(words, traceId, spanId);
    waiting[placeOf((words[3] ?? 0) | 0, (words[4] ?? 0) | 0, (words[5] ?? 0) | 0)] = 1;
    anyWaits = true;
  };

  return {
    note({ ids, parent }, around) {
      if (noted === MAX_NOTED) forget();
      const row = (noted++ % ROWS) * WORDS;
      const trace = (ids[3] ?? 0) | 0;
      const high = (ids[4] ?? 0) | 0;
      const low = (ids[5] ?? 0) | 0;
      const parentHigh = (parent[0] ?? 0) | 0;
      const parentLow = (parent[1] ?? 0) | 0;
      ring[row + TRACE] = (ids[2] ?? 0) | 0;
      ring[row + TRACE + 1] = trace;
      ring[row + SPAN] = high;
      ring[row + SPAN + 1] = low;
      ring[row + PARENT] = parentHigh;
      ring[row + PARENT + 1] = parentLow;
      ring[row + AROUND] = codeOf(around);
      if (!(anyWaits || anyWaited) || !isWaitedFor(trace, high, low)) return false;
      waiting[placeOf(trace, parentHigh, parentLow)] = 1;
      anyWaits = true;
      return true;
    },
    wait,
    fail(traceId, spanId) {
      wait(traceId, spanId);
      // No span has this id.
      waiting[placeOf((words[3] ?? 0) | 0, 0, 0)] = 1;
    },
    hasFailed: ({ ids }) => (anyWaits || anyWaited) && isWaitedFor((ids[3] ?? 0) | 0, 0, 0),
    find(traceId, spanId) {
      if (indexed !== noted) index();
      setIds(words, traceId, spanId);
      const [, , trace2 = 0, trace3 = 0, high = 0, low = 0] = words;
      const ids = [trace2 | 0, trace3 | 0, high | 0, low | 0];
      let number = newest[placeOf(trace3 | 0, high | 0, low | 0)] ?? 0;
      // A row of before the ring began again is gone.
      while (number > Math.max(0, noted - ROWS) && ids.some((word, part) => at(number, TRACE + part) !== word)) {
        number = at(number, OLDER);
      }
      if (number <= Math.max(0, noted - ROWS)) return undefined;
      words[4] = at(number, PARENT);
      words[5] = at(number, PARENT + 1);
      return { spanId, parentId: spanIdOf(words), around: aroundOf(at(number, AROUND)) };
    },
    turn() {
      const free = waitingBefore;
      waitingBefore = waiting;
      waiting = anyWaited ? free.fill(0) : free;
      anyWaited = anyWaits;
      anyWaits = false;
    },
  };
}

const words = new Uint32Array(ID_WORDS);

const ROLES: readonly Role[] = ['plain', 'holder', 'outer', 'apart', 'attempt'];
const FRAMEWORK = 8;
const SITES = 16;
const PLAIN_CODE = ROLES.indexOf('plain');
const ATTEMPT_CODE = ROLES.indexOf('attempt');

/** Of 2^16. Ids are random as a rule, but some count, and repeat from trace to trace. */
function placeOf(trace: number, high: number, low: number): number {
  const mixed = Math.imul(high ^ Math.imul(low ^ Math.imul(trace, 0x9e3779b1), 0x9e3779b1), 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 16;
}
