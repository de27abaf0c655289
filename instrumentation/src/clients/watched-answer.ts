/**
 * What a patched method resolved to in, its call ended out: an answer that is read at once, or a stream that is read as its caller reads
 * it. The value goes on to the caller as it is.
 */

import { fields } from '../base/read.ts';
import { reportOnce } from '../base/report.ts';
import { isStream, type StreamEnd, type StreamWatcher, watchIterable, watchStream } from '../base/stream.ts';
import type { Call, CallAnswer, Operation, ReadHeader } from '../types/call.ts';

/** Says on the way what the client threw. */
export function failed(call: Call, error: unknown): never {
  call.fail(error);
  throw error;
}

/** The value itself, read on the way. */
export function read(value: unknown, props: unknown, call: Call, operation: Operation): unknown {
  try {
    readAnswer(value, props === undefined ? undefined : headersOf(fields(props).response), call, operation);
  } catch (error) {
    reportOnce('an answer could not be read', error);
  }
  return value;
}

/** Ends the call with what it resolved to. `header` reads the response's headers, where somebody has them. */
export function readAnswer(value: unknown, header: ReadHeader | undefined, call: Call, operation: Operation): void {
  const watch = streamIn(value, operation);
  if (!call.wanted) {
    // The span, if there is one, lasts as long as the call.
    if (watch === undefined) call.unread();
    else watch({ chunk() {}, end: () => call.unread() });
    return;
  }
  if (watch !== undefined) {
    watch(watcherOf(call, operation, header));
    return;
  }
  const answer = operation.answer(value, call.readsOutput);
  call.answered({ value, streamed: false, answer });
  call.end(answer, header);
}

/** The way to watch the stream that the value is or holds. */
function streamIn(value: unknown, operation: Operation): ((watcher: StreamWatcher) => void) | undefined {
  if (isStream(value)) return (watcher) => watchStream(value, watcher);
  const stream = isBareStream(value) ? value : operation.streamIn?.(value);
  return stream && ((watcher) => watchIterable(stream, watcher));
}

/** Whether a value is read piece by piece, and is of no client's own kind of stream. */
export function isBareStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Reads a stream for its call. It must not hold the stream itself. */
export function watcherOf(call: Call, operation: Operation, header: ReadHeader | undefined): StreamWatcher {
  const reader = operation.reader(call.readsOutput);
  return {
    chunk: (chunk) => reader.read(chunk),
    end: (end) => endStream(end, call, reader.answer(), header),
  };
}

function endStream(end: StreamEnd, call: Call, answer: CallAnswer, header: ReadHeader | undefined): void {
  // Of a stream that threw or was left, its reader knows what it made.
  if (end.kind === 'done' || answer.finish !== undefined) call.answered({ value: undefined, streamed: true, answer });
  switch (end.kind) {
    case 'done':
      call.end(answer, header);
      break;
    case 'broken-off':
      call.end(answer.finish === undefined ? { ...answer, brokenOff: true } : answer, header, end.at);
      break;
    case 'failed':
      call.fail(end.error, answer, header);
      break;
    case 'unseen':
      call.unread();
      break;
  }
}

/** The headers of an HTTP response. */
export function headersOf(response: unknown): ReadHeader {
  const { headers } = fields(response);
  return (name) => (isHeaders(headers) ? (headers.get(name) ?? undefined) : undefined);
}

function isHeaders(value: unknown): value is { get(name: string): string | null } {
  return typeof fields(value).get === 'function';
}
