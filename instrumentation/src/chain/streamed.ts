/**
 * A stream that a rung resolved to, and how reading it ended. The object stays the client's own: only the method that begins
 * to read is watched. A stream that can't be watched says nothing, for its end is never guessed.
 */

import { guarded } from '../report.ts';
import { isStream, type StreamEnd, watchIterable, watchStream } from '../stream.ts';
import type { Ending } from './judge.ts';

/** Whether the answer is read piece by piece: an async iterable (a web stream in Node is one too). */
export function isStreamed(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Calls `ended` once, when the first reading of `stream` ends. For clients whose calls are not instrumented. */
export function onStreamEnd(stream: AsyncIterable<unknown>, ended: (ending: Ending) => void): void {
  let terminal = false;
  const watcher = {
    chunk: (chunk: unknown): void => {
      terminal ||= isTerminal(chunk);
    },
    end: (end: StreamEnd): void => ended(endingOf(end, terminal)),
  };
  guarded(
    'a stream could not be watched',
    () => {
      if (isStream(stream)) watchStream(stream, watcher);
      else watchIterable(stream, watcher);
    },
    undefined,
  );
}

function endingOf(end: StreamEnd, terminal: boolean): Ending {
  if (terminal || end.kind === 'done') return { kind: 'served', validated: false };
  return end.kind === 'failed' ? { kind: 'failed', error: end.error } : { kind: 'cancelled', error: undefined };
}

/** The chunk after which nothing is missing: OpenAI's finish reason or `response.completed`, Anthropic's stop reason. */
function isTerminal(chunk: unknown): boolean {
  if (typeof chunk !== 'object' || chunk === null) return false;
  const { choices, type, delta } = chunk as { choices?: unknown; type?: unknown; delta?: { stop_reason?: unknown } };
  if (Array.isArray(choices)) return choices.some((choice) => typeof choice?.finish_reason === 'string');
  return type === 'response.completed' || (type === 'message_delta' && typeof delta?.stop_reason === 'string');
}
