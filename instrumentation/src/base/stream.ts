/**
 * A client's stream in, the same stream with its iterator watched: every chunk, its end, an error, an early break. The caller
 * reads the very chunks and errors that the client gives, at the same time; nothing is buffered, read ahead or swallowed.
 */
import { guarded } from './report.ts';

/** How a stream was left. */
export type StreamEnd =
  | { readonly kind: 'done' }
  /** `at`, of the monotonic clock in ms, where the end is noticed later than it was. */
  | { readonly kind: 'broken-off'; readonly at?: number }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Handed on past us (`tee()`, `pipeTo()`): nobody here sees how it is read. */
  | { readonly kind: 'unseen' };

export interface StreamWatcher {
  chunk(value: unknown): void;
  /** Exactly once. */
  end(end: StreamEnd): void;
}

/** The part of the stream class of openai, anthropic and groq that for-await, `tee()` and `toReadableStream()` all read by. */
export interface IterableStream {
  iterator: (this: unknown) => AsyncIterator<unknown>;
}

/** Whether `watchStream` knows this kind of stream. */
export function isStream(value: unknown): value is IterableStream {
  return typeof value === 'object' && value !== null && 'iterator' in value && typeof value.iterator === 'function';
}

/** Watches the first reading of `stream`; a second one is the client's own business (its streams are read once). */
export function watchStream(stream: IterableStream, watcher: StreamWatcher): void {
  const original = stream.iterator;
  const reading = abandonable(stream, watcher);
  let watched = false;
  stream.iterator = function (this: unknown): AsyncIterator<unknown> {
    const iterator = original.call(this);
    if (watched) return iterator;
    watched = true;
    // For as long as somebody reads, the stream is not abandoned, even where its object is let go.
    return Object.assign(watchIterator(iterator, reading), { [STREAM]: stream });
  };
}

const STREAM: unique symbol = Symbol('stream');

interface Abandonable {
  readonly watcher: StreamWatcher;
  /** Of the monotonic clock, ms. */
  last: number;
}

/** Streams that nobody can read any more, and nobody has read to their end: their callers have given them up. */
const abandoned = new FinalizationRegistry<Abandonable>(({ watcher, last }) => {
  guarded('the end of a stream could not be recorded', () => watcher.end({ kind: 'broken-off', at: last }), undefined);
});

/** `watcher`, told also of a stream that is collected before its end. It must not hold the stream itself. */
function abandonable(stream: object, watcher: StreamWatcher): StreamWatcher {
  const held: Abandonable = { watcher, last: performance.now() };
  abandoned.register(stream, held, held);
  return {
    chunk(value) {
      held.last = performance.now();
      watcher.chunk(value);
    },
    end(end) {
      abandoned.unregister(held);
      watcher.end(end);
    },
  };
}

/** Watches the first reading of what is read piece by piece and is no stream of a client's; one that can't be watched is left alone. */
export function watchIterable(stream: AsyncIterable<unknown>, watcher: StreamWatcher): void {
  if (!Object.isExtensible(stream)) return;
  const reading = abandonable(stream, watcher);
  if (isGenerator(stream)) {
    watchGenerator(stream, reading);
    return;
  }
  if (isReadable(stream)) watchReadable(stream, reading);
  const original = stream[Symbol.asyncIterator];
  let watched = false;
  replace(stream, Symbol.asyncIterator, function (this: AsyncIterable<unknown>): AsyncIterator<unknown> {
    const iterator = original.call(this);
    if (watched) return iterator;
    watched = true;
    return Object.assign(watchIterator(iterator, reading), { [STREAM]: stream });
  });
}

function replace(stream: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(stream, name, { configurable: true, writable: true, enumerable: false, value });
}

/** An iterator that is its own iterable: callers may also take its values by hand. */
interface Generator extends AsyncIterable<unknown>, AsyncIterator<unknown> {}

function isGenerator(stream: object): stream is Generator {
  return 'next' in stream && typeof stream.next === 'function';
}

function watchGenerator(stream: Generator, watcher: StreamWatcher): void {
  const { next, return: leave, throw: raise } = stream;
  const watched = watchIterator(
    {
      next: (...args) => next.apply(stream, args),
      ...(leave !== undefined && { return: (value?: unknown) => leave.call(stream, value) }),
      ...(raise !== undefined && { throw: (error?: unknown) => raise.call(stream, error) }),
    },
    watcher,
  );
  replace(stream, 'next', watched.next);
  if (leave !== undefined) replace(stream, 'return', watched.return);
  if (raise !== undefined) replace(stream, 'throw', watched.throw);
}

function isReadable(stream: object): stream is ReadableStream<unknown> {
  return 'getReader' in stream && typeof stream.getReader === 'function';
}

/** A web stream is also read by a reader of its own, or handed on whole. Its own iteration comes by none of these. */
function watchReadable(stream: ReadableStream<unknown>, watcher: StreamWatcher): void {
  const { getReader } = stream;
  replace(stream, 'getReader', function (this: ReadableStream<unknown>, ...args: []): unknown {
    const reader = getReader.apply(this, args);
    // One that reads into a buffer of the caller's is left alone.
    const watch = (): void => watchReader(reader as ReadableStreamDefaultReader<unknown>, watcher);
    if (args.length === 0) guarded('a reader of a stream could not be watched', watch, undefined);
    return Object.assign(reader, { [STREAM]: stream });
  });
  for (const name of ['tee', 'pipeTo', 'pipeThrough'] as const) {
    const original: (...args: unknown[]) => unknown = stream[name] as never;
    replace(stream, name, function (this: unknown, ...args: unknown[]): unknown {
      const result = original.apply(this, args);
      guarded('the end of a stream could not be recorded', () => watcher.end({ kind: 'unseen' }), undefined);
      return result;
    });
  }
}

function watchReader(reader: ReadableStreamDefaultReader<unknown>, watcher: StreamWatcher): void {
  const { read, cancel } = reader;
  const watched = watchIterator(
    {
      next: () => read.call(reader) as Result,
      return: async (reason?: unknown) => {
        await cancel.call(reader, reason);
        return { done: true, value: undefined };
      },
    },
    watcher,
  );
  replace(reader, 'read', () => watched.next());
  replace(reader, 'cancel', async (reason?: unknown) => void (await watched.return?.(reason)));
}

type Result = Promise<IteratorResult<unknown>>;

/** Whether a value can be awaited for more than itself. */
export function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** An iterator that says and does what `iterator` does, and tells `watcher` of it. */
function watchIterator(
  iterator: AsyncIterator<unknown>,
  watcher: StreamWatcher,
): AsyncIterableIterator<unknown> & AsyncDisposable {
  let ended = false;
  const end = (how: StreamEnd): void => {
    if (ended) return;
    ended = true;
    guarded('the end of a stream could not be recorded', () => watcher.end(how), undefined);
  };
  const failed = (error: unknown): never => {
    end({ kind: 'failed', error });
    throw error;
  };
  const told = (result: IteratorResult<unknown>): IteratorResult<unknown> => {
    // What is no result makes the reader's own loop throw.
    if (typeof result !== 'object' || result === null) return result;
    if (result.done === true) end({ kind: 'done' });
    else if (!ended) guarded('a chunk of a stream could not be read', () => watcher.chunk(result.value), undefined);
    return result;
  };
  const left = (result: IteratorResult<unknown>): IteratorResult<unknown> => {
    end({ kind: 'broken-off' });
    return result;
  };
  /** The protocol asks for a promise, but for-await takes a plain result as well, and so may whoever wrote this iterator. */
  const after = (step: () => Result, then: typeof told): Result => {
    let result: Result;
    try {
      result = step();
    } catch (error) {
      return failed(error);
    }
    return isThenable(result)
      ? Promise.resolve(result).then(then, failed)
      : (then(result as never) as unknown as Result);
  };
  return {
    next: (...args) => after(() => iterator.next(...args), told),
    return: (value) => {
      if (iterator.return === undefined) {
        end({ kind: 'broken-off' });
        return Promise.resolve({ done: true, value });
      }
      return after(() => iterator.return?.(value) as Result, left);
    },
    throw: (error) => {
      if (iterator.throw === undefined) {
        end({ kind: 'broken-off' });
        return Promise.reject(error);
      }
      return after(() => iterator.throw?.(error) as Result, told);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
      await this.return?.();
    },
  };
}
