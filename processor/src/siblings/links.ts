/**
 * Which span a span is below. Spans around calls are what tells whose siblings calls are, but most spans are around none, and their number
 * is that of all traffic. So each is noted in a table of fixed size, where a newer one takes its place sooner or later, and one that a
 * failed call's trace waits for is told apart as it comes. It allocates nothing per span.
 *
 * Children end before their parents, so that what a trace waits for comes later as a rule; the table is for what came first: other
 * scopes of one request, batches out of order. The alternative, to relate all calls of a trace by time and evidence alone, needs no links,
 * but takes a title that failed in one part of a request for the primary of an answer in another.
 */
import { type Around, NO_SITES, PLAIN, type Role, type Sites } from '../dialects/job-reader.ts';
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
  /** What was noted of a span, where it still stands in the table. */
  find(traceId: string, spanId: string): Link | undefined;
  /** What waits since before the last two turns is given up. */
  turn(): void;
}

/** Spans that the table holds: a minute of a thousand spans a second, in 2 MiB. */
const ROWS = 2 ** 16;
/** Words of a row: the span's id, its parent's, half of its trace's, and what is around (0 where the row is empty). */
const WORDS = 8;
const SPAN = 0;
const PARENT = 2;
const TRACE = 4;
const AROUND = 6;

/** Call sites that are told apart by what is noted; a span of a further one names none. */
const MAX_SITES = 4_096;

export function createLinks(): Links {
  const table = new Int32Array(ROWS * WORDS);
  /** By the places of their ids: a span that is taken for another one is looked at and dropped. */
  let waiting = new Uint8Array(ROWS);
  let waitingBefore = new Uint8Array(ROWS);
  const knownSites: Sites[] = [NO_SITES];
  const numbers = new Map<Sites, number>([[NO_SITES, 0]]);

  const numberOf = (sites: Sites): number => {
    const number = numbers.get(sites);
    if (number !== undefined) return number;
    if (knownSites.length === MAX_SITES) return 0;
    numbers.set(sites, knownSites.length);
    return knownSites.push(sites) - 1;
  };

  /** Never 0: the role from 1 on, whether the span is of a framework, and the number of its sites. */
  const codeOf = ({ role, sites, isFramework }: Around): number =>
    ROLES.indexOf(role) + 1 + (isFramework ? FRAMEWORK : 0) + numberOf(sites) * SITES;

  const aroundOf = (code: number): Around => ({
    role: ROLES[(code % FRAMEWORK) - 1] ?? 'plain',
    isFramework: (code & FRAMEWORK) !== 0,
    sites: knownSites[Math.floor(code / SITES)] ?? NO_SITES,
  });

  return {
    note({ ids, parent }, around) {
      const high = (ids[4] ?? 0) | 0;
      const low = (ids[5] ?? 0) | 0;
      if ((high | low) === 0) return false;
      const trace = (ids[3] ?? 0) | 0;
      const place = placeOf(trace, high, low);
      const row = place * WORDS;
      table[row + SPAN] = high;
      table[row + SPAN + 1] = low;
      table[row + PARENT] = (parent[0] ?? 0) | 0;
      table[row + PARENT + 1] = (parent[1] ?? 0) | 0;
      table[row + TRACE] = (ids[2] ?? 0) | 0;
      table[row + TRACE + 1] = trace;
      table[row + AROUND] = around === PLAIN ? 1 : codeOf(around);
      if (((waiting[place] ?? 0) | (waitingBefore[place] ?? 0)) === 0) return false;
      waiting[placeOf(trace, (parent[0] ?? 0) | 0, (parent[1] ?? 0) | 0)] = 1;
      return true;
    },
    wait(traceId, spanId) {
      setIds(words, traceId, spanId);
      waiting[placeOf((words[3] ?? 0) | 0, (words[4] ?? 0) | 0, (words[5] ?? 0) | 0)] = 1;
    },
    find(traceId, spanId) {
      setIds(words, traceId, spanId);
      const [, , trace2 = 0, trace3 = 0, high = 0, low = 0] = words;
      const row = placeOf(trace3 | 0, high | 0, low | 0) * WORDS;
      const code = table[row + AROUND] ?? 0;
      if (code === 0 || table[row + SPAN] !== (high | 0) || table[row + SPAN + 1] !== (low | 0)) return undefined;
      if (table[row + TRACE] !== (trace2 | 0) || table[row + TRACE + 1] !== (trace3 | 0)) return undefined;
      words[4] = table[row + PARENT] ?? 0;
      words[5] = table[row + PARENT + 1] ?? 0;
      return { spanId, parentId: spanIdOf(words), around: aroundOf(code) };
    },
    turn() {
      const free = waitingBefore;
      waitingBefore = waiting;
      waiting = free.fill(0);
    },
  };
}

const words = new Uint32Array(ID_WORDS);

const ROLES: readonly Role[] = ['plain', 'holder', 'outer', 'apart', 'attempt'];
const FRAMEWORK = 8;
const SITES = 16;

/** A row, or a place among those that are waited for. Ids are random as a rule, but some count, and repeat from trace to trace. */
function placeOf(trace: number, high: number, low: number): number {
  const mixed = Math.imul(high ^ Math.imul(low ^ Math.imul(trace, 0x9e3779b1), 0x9e3779b1), 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 16;
}
