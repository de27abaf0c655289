/**
 * The bytes of an OTLP/JSON body go in; out come the text of everything but its spans, and where each list of spans stands. So a body is parsed
 * in pieces, between which others get their turn, and one with more values than may be is refused before anything is made of it: twenty
 * kilobytes of gzip hold seven million empty objects, which would take 900 MB and seconds.
 */
import { randomUUID } from 'node:crypto';
import { MAX_TEXT_BYTES } from './intern.ts';
import { MalformedRequest } from './malformed.ts';
import { tooManyValues } from './refusal.ts';

/** Where spans stand in the body, a list of JSON without its brackets. */
export interface SpanList {
  /** Where each span begins, and behind the last one where the list ends. */
  readonly starts: readonly number[];
}

export interface Slices {
  /** The body, with a {@link placeOf} in place of each list of spans. */
  readonly envelope: string;
  readonly lists: readonly SpanList[];
  /** Texts in spans that are longer than anything is kept of one, from the first character that may be left out to the last one. */
  readonly cuts: readonly (readonly [from: number, end: number])[];
}

export interface ValueLimits {
  /** Of the whole body. */
  readonly body: number;
  /** Of one span, and of one object: these are parsed in one go. */
  readonly span: number;
  /** Of all that is not in spans. */
  readonly envelope: number;
}

/** Nobody can send it: stands for a list of spans. */
const PLACE = randomUUID();
export const placeOf = (list: number): string => `${PLACE} ${list}`;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The lists above the spans, from the outermost in; the old name of the second one is read as well. */
const PATH: readonly (readonly string[])[] = [
  ['resourceSpans'],
  ['scopeSpans', 'instrumentationLibrarySpans'],
  ['spans'],
].map((names) => names.map((name) => `"${name}"`));
/** Containers around a list of spans: the body, and of each list above it the list and its item. */
const LIST_DEPTH = 2 * PATH.length - 1;

/** Counts what begins a value: a list or an object, or what stands behind a comma. Checks brackets only; the rest is up to the parser. */
export function sliceBody(bytes: Buffer, limits: ValueLimits): Slices {
  const lists: SpanList[] = [];
  const cuts: (readonly [number, number])[] = [];
  const parts: string[] = [];
  let copied = 0;
  let values = 1;
  let inEnvelope = 1;
  let inSpan = 0;
  /** The open containers, and of each how many values it has. */
  const open: number[] = [];
  const sizes: number[] = [];
  /** How many of them lead to spans, and the key before the last colon. */
  let onPath = 0;
  let keyFrom = 0;
  let keyEnd = 0;
  let starts: number[] | undefined;

  const isNext = (): boolean => {
    // Objects of the path are the body and items of its lists; lists are the members of its names.
    if (open.length !== onPath) return false;
    if (onPath % 2 === 0) return true;
    const names = PATH[(onPath - 1) / 2] ?? [];
    return names.some((name) => keyEnd - keyFrom === name.length && bytes.toString('latin1', keyFrom, keyEnd) === name);
  };

  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = endOfText(bytes, at + 1);
      if (starts === undefined && bytes[afterSpace(bytes, end + 1)] === COLON) {
        keyFrom = at;
        keyEnd = end + 1;
      }
      if (starts !== undefined && end - at > LONG_TEXT) cuts.push([cutIn(bytes, at + 1), end]);
      at = end;
      continue;
    }
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      const isOnPath = byte === (onPath % 2 === 0 ? OPEN_OBJECT : OPEN_LIST) && isNext();
      open.push(byte);
      sizes.push(0);
      if (isOnPath && starts === undefined) {
        onPath++;
        if (onPath === LIST_DEPTH + 1) {
          parts.push(bytes.toString('utf8', copied, at), JSON.stringify(placeOf(lists.length)));
          starts = [at + 1];
        }
      }
      values++;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      if (open.pop() !== (byte === CLOSE_LIST ? OPEN_LIST : OPEN_OBJECT)) throw notJson();
      sizes.pop();
      if (onPath > open.length) {
        onPath = open.length;
        if (starts !== undefined) {
          starts.push(at);
          lists.push({ starts: afterSpace(bytes, starts[0] ?? at) === at ? [] : starts });
          starts = undefined;
          copied = at + 1;
        }
      }
      continue;
    } else if (byte === COMMA) {
      values++;
      const size = (sizes[sizes.length - 1] ?? 0) + 1;
      sizes[sizes.length - 1] = size;
      if (starts !== undefined && open.length === LIST_DEPTH + 1) {
        starts.push(at + 1);
        inSpan = 0;
      } else if (size > limits.span && open[open.length - 1] === OPEN_OBJECT) throw tooManyValues(limits.span);
    } else continue;
    if (values > limits.body) throw tooManyValues(limits.body);
    if (starts === undefined) {
      if (++inEnvelope > limits.envelope) throw tooManyValues(limits.envelope);
    } else if (++inSpan > limits.span) throw tooManyValues(limits.span);
  }
  if (open.length > 0) throw notJson();
  parts.push(bytes.toString('utf8', copied));
  return { envelope: parts.join(''), lists, cuts };
}

// The parser's own message quotes the body.
export const notJson = (): MalformedRequest => new MalformedRequest('the body is not valid JSON');

/** Bytes of a text, of which each character may take six, that are parsed. */
const KEPT_TEXT = MAX_TEXT_BYTES * 6;
const LONG_TEXT = 2 * KEPT_TEXT;

/** Where a long text may end: neither within an escape nor within a character. */
function cutIn(bytes: Buffer, from: number): number {
  let at = from;
  while (at < from + KEPT_TEXT) at += bytes[at] !== BACKSLASH ? 1 : bytes[at + 1] === SMALL_U ? 6 : 2;
  while (((bytes[at] ?? 0) & 0xc0) === 0x80) at++;
  return at;
}

/** Where the quote stands that ends the text. */
function endOfText(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (before >= from && bytes[before] === BACKSLASH) before--;
    // An odd number of backslashes escapes the quote.
    if ((at - before) % 2 === 1) return at;
  }
  return bytes.length;
}

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
