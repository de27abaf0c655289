/** Breakers in drills: they see the client's own errors, trip on them, and their fallback is what the drill exercises. */
import { createRequire } from 'node:module';
import { type ProviderServer, startOpenAI } from '@warmspare/providers';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { declareBreaker } from '../../../instrumentation/src/breakers/ladder.ts';
import { OPOSSUM } from '../../../instrumentation/src/breakers/opossum.ts';
import { drill } from '../../../instrumentation/src/drill/drill.ts';
import { type Recorded, record } from '../clients/recorded.ts';

// opossum has no types of its own, and is CommonJS.
type Opossum = new (
  action: () => unknown,
  options: object,
) => { fire(): Promise<unknown>; fallback(serve: () => unknown): unknown; readonly opened: boolean };
const Breaker: Opossum = createRequire(import.meta.url)('opossum10');

let server: ProviderServer;
let recorded: Recorded;
let undo: (() => void) | undefined;
beforeAll(async () => {
  server = await startOpenAI();
  recorded = record();
  recorded.instrumentation.instrument(OpenAI);
  undo = OPOSSUM.patch(Breaker);
});
afterAll(async () => {
  undo?.();
  recorded.close();
  await server.close();
});

it('trip on the failures of a drill, and serve what stands behind them', async () => {
  const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
  const ask = (): Promise<unknown> =>
    client.chat.completions.create({ model: 'gpt-5', messages: [{ role: 'user', content: 'hello' }] });
  const breaker = new Breaker(ask, { volumeThreshold: 1, errorThresholdPercentage: 1, resetTimeout: 60_000 });
  breaker.fallback(() => 'ruled');
  declareBreaker(breaker, { chain: 'guarded', primary: 'gpt-5', fallback: { name: 'rules', type: 'heuristic' } });
  const { value, report } = await drill({ chain: 'guarded', fault: 'rate_limit' }, () => breaker.fire());
  expect(value).toBe('ruled');
  expect(breaker.opened).toBe(true);
  expect(report).toMatchObject({ target: 'rules', outcome: 'succeeded', injected: 1 });
  expect(server.requests).toHaveLength(0);
});
