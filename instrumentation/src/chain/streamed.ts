/**
 * A stream that a rung resolved to, and how reading it ended. The object stays the client's own: only the method that begins
 * to read is watched. A stream that can't be watched says nothing, for its end is never guessed.
 */

import { guarded } from '../base/report.ts';
import { isStream, type StreamEnd, type StreamWatcher, watchIterable, watchStream } from '../base/stream.ts';
import type { AnswerReader, CallAnswer } from '../types/call.ts';
import type { Ending } from './judge.ts';
import { readerFor } from './known-answers.ts';

/** The first chunks tell whose stream it is; some servers send one before that says nothing. */
const TELLING_CHUNKS = 4;

/** Calls `ended` once, when the first reading of `stream` ends. For clients whose calls are not instrumented. */
export function onStreamEnd(stream: AsyncIterable<unknown>, ended: (ending: Ending) => void): void {
  const watcher = watcherOf(ended, isStream(stream));
  guarded(
    'a stream could not be watched',
    () => {
      if (isStream(stream)) watchStream(stream, watcher);
      else watchIterable(stream, watcher);
    },
    undefined,
  );
}

/** A function of its own: what the watcher closes over must not hold the stream, or it would never be collected. */
function watcherOf(ended: (ending: Ending) => void, iterated: boolean): StreamWatcher {
  let reader: AnswerReader | undefined;
  let chunks = 0;
  return {
    chunk(chunk) {
      chunks += 1;
      if (chunks <= TELLING_CHUNKS) reader ??= readerFor(chunk);
      reader?.read(chunk);
    },
    end(end) {
      // Collected without a chunk seen: a client's stream was not read, any other may have been read past its iterator.
      const unseen = end.kind === 'broken-off' && end.at !== undefined && chunks === 0 && !iterated;
      ended(unseen ? UNSEEN : endingOf(end, reader?.answer()));
    },
  };
}

/** Nobody here saw how it was read. */
export const UNSEEN: Ending = { kind: 'served', validated: false, unread: true };

/** After its terminal reason nothing is missing. A client's stream that stops without one broke; of the user's own nothing is known but that. */
function endingOf(end: StreamEnd, answer: CallAnswer | undefined): Ending {
  if (answer?.finish !== undefined || end.kind === 'done') return { kind: 'served', validated: false, answer };
  if (end.kind === 'unseen') return UNSEEN;
  return end.kind === 'failed' ? { kind: 'failed', error: end.error } : { kind: 'cancelled', error: undefined };
}
