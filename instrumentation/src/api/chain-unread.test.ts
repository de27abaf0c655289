/** Streams that nobody reads: their runs end when the stream is collected. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ATTR_LLM_FALLBACK_CALL_OUTCOME } from '@warmspare/semconv';
import { expect, it } from 'vitest';
import { recordSpans } from '../../../test/recorded-spans.ts';
import { chain } from './chain.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

it.each([
  {
    what: 'an async iterable',
    make: (): AsyncIterable<number> =>
      (async function* () {
        yield 1;
      })(),
    outcome: 'unknown',
  },
  { what: 'a web stream', make: (): AsyncIterable<number> => new ReadableStream<number>(), outcome: 'unknown' },
  {
    what: "a client's stream",
    make: (): AsyncIterable<number> => {
      const iterator = async function* () {
        yield 1;
      };
      return { iterator, [Symbol.asyncIterator]: iterator } as AsyncIterable<number>;
    },
    outcome: 'cancelled',
  },
])('$what that nobody reads ends its run when it is collected, as $outcome', async ({ what, make, outcome }) => {
  const recorded = recordSpans();
  // Nothing here keeps what it resolves to.
  await chain(what, { targets: [{ name: 'gpt', type: 'primary', run: make }] })().then(() => {});
  const ended = (): boolean => recorded.spans.some(({ name }) => name === what);
  for (let n = 0; n < 200 && !ended(); n += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  expect(recorded.span(`${what} gpt`).attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
  recorded.close();
});
