/**
 * What `doStream` resolved to in, the same with its stream watched out: every part, its end, an error, a caller who stops reading. The
 * reader gets the very parts and errors that the model gives; nothing is buffered or read ahead.
 */
import { afterAnswer } from '../base/after-answer.ts';
import { fields } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import type { AnswerReader, Call, CallAnswer, ReadHeader } from '../types/call.ts';

export interface WatchedParts {
  readonly reader: AnswerReader;
  readonly call: Call;
  readonly header: ReadHeader;
}

/** `value` itself where it has no stream. */
export function watchParts(value: unknown, { reader, call, header }: WatchedParts): unknown {
  const { stream } = fields(value);
  if (!(stream instanceof ReadableStream) || typeof value !== 'object' || value === null) {
    call.unread();
    return value;
  }
  const { wanted } = call;
  let ended = false;
  const end = (finish: () => void): void => {
    if (ended) return;
    ended = true;
    guarded('the end of a stream could not be recorded', wanted ? finish : () => call.unread(), undefined);
  };
  const whole = (answer: CallAnswer): void => {
    call.answered({ value: undefined, streamed: true, answer });
    call.end(answer, header);
  };
  const watched = watchStream(stream, {
    part(part) {
      if (!wanted) return;
      guarded('a part of a stream could not be read', () => reader.read(part), undefined);
      // Who goes on with another model leaves this stream here; who reads on gets the usage with the last part.
      if (fields(part).type === 'error') afterAnswer(() => end(() => call.end(reader.answer(), header)));
    },
    done: () => end(() => whole(reader.answer())),
    left: () =>
      end(() => {
        const answer = reader.answer();
        call.end(answer.finish === undefined ? { ...answer, brokenOff: true } : answer, header);
      }),
    failed: (error) => end(() => call.fail(error, reader.answer(), header)),
  });
  return Object.create(Object.getPrototypeOf(value), {
    ...Object.getOwnPropertyDescriptors(value),
    stream: { value: watched, enumerable: true, configurable: true, writable: true },
  });
}

interface Watcher {
  part(part: unknown): void;
  done(): void;
  left(): void;
  failed(error: unknown): void;
}

/** Reads a part when one is asked for, and no sooner. */
function watchStream(stream: ReadableStream<unknown>, watcher: Watcher): ReadableStream<unknown> {
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  const source = (): ReadableStreamDefaultReader<unknown> => {
    reader ??= stream.getReader();
    return reader;
  };
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        let result: Awaited<ReturnType<ReadableStreamDefaultReader<unknown>['read']>>;
        try {
          result = await source().read();
        } catch (error) {
          watcher.failed(error);
          throw error;
        }
        if (result.done) {
          watcher.done();
          controller.close();
        } else {
          watcher.part(result.value);
          controller.enqueue(result.value);
        }
      },
      async cancel(reason) {
        watcher.left();
        await source().cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
