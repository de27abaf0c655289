/** A hand-written fallback, known to nobody: the real client makes the calls, and the ledger in the same process shows the chain. */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { startInProcess } from '@warmspare/processor/in-process';
import { answer, fail, startOpenAI } from '@warmspare/providers';
import { OpenAI } from 'openai7';
import { expect, it, onTestFinished } from 'vitest';
import { record } from './clients/recorded.ts';

/** Longer than a trace is waited for, ms. */
const SETTLED = 120_000;

it('a try with a catch around it makes a row for the model that stood in', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  onTestFinished(() => context.disable());
  const server = await startOpenAI();
  onTestFinished(() => server.close());
  const recorded = record();
  onTestFinished(() => recorded.close());
  recorded.instrumentation.instrument(OpenAI);
  let ahead = 0;
  const warmspare = startInProcess({ service: { name: 'shop' }, now: () => Date.now() + ahead });
  onTestFinished(() => warmspare.close());

  server.script(fail('unavailable'), answer('fine'));
  const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
  const ask = (model: string) =>
    client.chat.completions.create({ model, messages: [{ role: 'user' as const, content: 'hello' }] });
  const span = recorded.provider.getTracer('app').startSpan('handle ticket');
  await context.with(trace.setSpan(context.active(), span), () => ask('gpt-5').catch(() => ask('gpt-4.1-mini')));
  await warmspare.snapshot();

  ahead = SETTLED;
  const { targets } = await warmspare.snapshot();
  expect(targets).toMatchObject([
    { chain: 'inferred:gpt-5', target: 'gpt-5', routeType: 'primary', lastSuccess: undefined, inferred: true },
    { chain: 'inferred:gpt-5', target: 'gpt-4.1-mini', routeType: 'fallback', state: 'fresh', inferred: true },
  ]);
});
