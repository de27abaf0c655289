/** Bytes of a body as words of four, kept to be compared with others later: what repeats is told so, without being decoded. */
import type { Body } from './wire.ts';

/** Words that so many bytes take. */
export const wordsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4));

/** The last word comes first, since texts that differ mostly do at their end; it overlaps the one before where the length is no multiple of four. */
export function copyWords(words: Int32Array, first: number, body: Body, at: number, end: number): void {
  words[first] = lastWord(body, at, end);
  for (let index = at, word = first + 1; index < end - 4; index += 4) words[word++] = body.view.getInt32(index, true);
}

/** Whether the bytes are those that were copied, where their number is the same. */
export function isEqual(words: Int32Array, first: number, body: Body, at: number, end: number): boolean {
  if (words[first] !== lastWord(body, at, end)) return false;
  const { view } = body;
  for (let index = at, word = first + 1; index < end - 4; index += 4)
    if (words[word++] !== view.getInt32(index, true)) return false;
  return true;
}

export function lastWord(body: Body, at: number, end: number): number {
  return end - at >= 4 ? body.view.getInt32(end - 4, true) : shortWord(body.bytes, at, end);
}

/** Apart, so that the engine keeps the usual case small. */
function shortWord(bytes: Uint8Array, at: number, end: number): number {
  let word = 0;
  for (let index = at; index < end; index++) word = (word << 8) | (bytes[index] as number);
  return word;
}
