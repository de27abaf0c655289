/** A client library of a third party, added without a fork: its calls are recorded and read like those of the clients that are known. */
import { ATTR_GEN_AI_PROVIDER_NAME, ATTR_LLM_FALLBACK_CALL_OUTCOME } from '@warmspare/semconv';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { chain } from '../api/chain.ts';
import { LlmFallbackInstrumentation } from '../instrumentation.ts';
import { chatCompletions } from './chat-completions.ts';
import { registerClient } from './clients.ts';

/** A library as a stranger would write it: an API like OpenAI's, behind a plain promise. */
class Completions {
  create(body: { readonly model: string; readonly finish?: string }): Promise<object> {
    if (body.model === 'down') return Promise.reject(Object.assign(new Error('no'), { status: 503 }));
    const message = { role: 'assistant', content: '{"n":1}' };
    return Promise.resolve({
      object: 'chat.completion',
      model: body.model,
      choices: [{ index: 0, finish_reason: body.finish ?? 'stop', message }],
    });
  }
}
class Acme {
  static readonly Completions = Completions;
  readonly completions = new Completions();
}

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.close());

registerClient({
  module: '@acme/llm',
  versions: ['>=1 <2'],
  className: 'Acme',
  patches: [{ path: ['Completions'], method: 'create', operation: chatCompletions('acme') }],
});

it('is patched in the instrumentations that there are, and leaves them with them', async () => {
  const llm = new LlmFallbackInstrumentation();
  const original = Completions.prototype.create;
  llm.instrument(Acme);
  expect(Completions.prototype.create).not.toBe(original);
  await new Acme().completions.create({ model: 'm' });
  expect(recorded.span('chat m').attributes).toMatchObject({
    [ATTR_GEN_AI_PROVIDER_NAME]: 'acme',
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
  });
  llm.disable();
  expect(Completions.prototype.create).toBe(original);
  llm.enable();
  expect(Completions.prototype.create).not.toBe(original);
  llm.disable();
});

it('may come after the instrumentation and after what was given by hand', () => {
  class Late {
    ask(): void {}
  }
  const llm = new LlmFallbackInstrumentation();
  llm.instrument(Late);
  const original = Late.prototype.ask;
  registerClient({
    module: '@acme/late',
    versions: ['*'],
    className: 'Late',
    patches: [{ path: [], method: 'ask', operation: chatCompletions('late') }],
  });
  expect(Late.prototype.ask).not.toBe(original);
  llm.disable();
  expect(Late.prototype.ask).toBe(original);
});

it('has its answers read by chain()', async () => {
  const ask = chain('registered', {
    targets: [
      { name: 'a', type: 'primary', run: () => new Acme().completions.create({ model: 'a', finish: 'length' }) },
    ],
  });
  await ask();
  expect(recorded.span('registered a').attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('truncated');
});

it('is refused where it is no client', () => {
  expect(() => registerClient({ module: 'x' } as never)).toThrow(TypeError);
});

it('tells the hooks of each call, and survives what they throw', async () => {
  const seen: unknown[] = [];
  const llm = new LlmFallbackInstrumentation({
    requestHook: (span, call) => {
      span.setAttribute('tenant', 'a');
      seen.push(call);
    },
    responseHook: (_, { response }) => {
      seen.push(response);
      throw new Error('hook');
    },
  });
  llm.instrument(Acme);
  const answer = await new Acme().completions.create({ model: 'm' });
  expect(seen).toEqual([
    { operation: 'chat', provider: 'acme', model: 'm', stream: false, arguments: [{ model: 'm' }] },
    answer,
  ]);
  expect(recorded.span('chat m').attributes.tenant).toBe('a');
  llm.setConfig({ requestHook: vi.fn() });
  await new Acme().completions.create({ model: 'n' });
  expect(seen).toHaveLength(2);
  expect(recorded.span('chat n').attributes.tenant).toBeUndefined();
  llm.disable();
});
