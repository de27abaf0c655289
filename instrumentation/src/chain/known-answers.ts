/**
 * A value in, its reading out, whichever client it came from. Each client says how its answers and chunks are known; what no client
 * knows is the user's own.
 */

import { allClients } from '../clients/clients.ts';
import { ended, errorOfBody, isErrorBody, typeOfError } from '../clients/finish.ts';
import { MODEL_RESULTS } from '../models/results.ts';
import type { AnswerFormat, AnswerReader, CallAnswer } from '../types/call.ts';

let clients: ReturnType<typeof allClients> | undefined;
let known: readonly AnswerFormat[] = [];

/** One a method. More come where an app registers clients. */
function formats(): readonly AnswerFormat[] {
  if (clients !== allClients()) {
    clients = allClients();
    known = [...new Set(clients.flatMap(({ patches }) => patches.map(({ operation }) => operation))), ...MODEL_RESULTS];
  }
  return known;
}

/** Reads an answer with its output. Undefined for any other value. */
export function answerIn(value: unknown): CallAnswer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return formats()
    .find((format) => format.isAnswer(value))
    ?.answer(value, true);
}

/** Reads what a provider sends in place of an answer. A user may have values like it, so ask only where nothing else reads the value. */
export function errorIn(value: unknown): CallAnswer | undefined {
  return isErrorBody(value) ? { ...ended('error'), errorType: typeOfError(errorOfBody(value)) } : undefined;
}

/** A reader of the stream that begins with this chunk, without its output. Undefined for a stream of the user's own. */
export function readerFor(chunk: unknown): AnswerReader | undefined {
  if (typeof chunk !== 'object' || chunk === null) return undefined;
  return formats()
    .find((format) => format.isChunk(chunk))
    ?.reader(false);
}

/** The stream that a client resolved to: the value itself, or what it holds. */
export function streamIn(value: unknown): AsyncIterable<unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Symbol.asyncIterator in value) return value as AsyncIterable<unknown>;
  for (const format of formats()) {
    const stream = format.streamIn?.(value);
    if (stream !== undefined) return stream;
  }
  return undefined;
}
