/** Faults at models of the AI SDK: one whose provider sends by the fetch of its configuration, and one that is the app's own. */
import { DRILL_FAULTS } from '@warmspare/semconv';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRecorder, type Recorder } from '../../../instrumentation/src/call/record.ts';
import { drill } from '../../../instrumentation/src/drill/drill.ts';
import { watchModel } from '../../../instrumentation/src/models/watch.ts';

/** As the providers of the AI SDK are made. */
class HttpModel {
  readonly specificationVersion = 'v3';
  readonly provider = 'openai.chat';
  readonly modelId = 'gpt-5';
  readonly config = {
    provider: 'openai.chat',
    url: () => 'https://api.openai.com/v1/chat/completions',
    headers: () => ({}),
    fetch: (): never => {
      throw new Error('nothing may be sent');
    },
  };

  async doGenerate(options: { readonly abortSignal?: AbortSignal; readonly prompt: unknown }) {
    const fetch: unknown = this.config.fetch;
    const body = JSON.stringify({ model: this.modelId, messages: [] });
    const init = { method: 'POST', body, signal: options.abortSignal ?? null };
    const response = await (fetch as typeof globalThis.fetch)(this.config.url(), init);
    const answer = (await response.json()) as {
      readonly choices: readonly {
        readonly finish_reason: string;
        readonly message: { readonly content: string | null };
      }[];
    };
    if (!response.ok) throw Object.assign(new Error('refused'), { statusCode: response.status });
    const [choice] = answer.choices;
    const finish = choice?.finish_reason ?? 'error';
    return {
      content: [{ type: 'text', text: choice?.message.content ?? '' }],
      finishReason: { unified: finish, raw: finish },
      usage: {},
      warnings: [],
    };
  }
}

class OwnModel {
  readonly specificationVersion = 'v2';
  readonly provider = 'mine';
  readonly modelId = 'gpt-5';
  asked = 0;

  async doGenerate(_options: object) {
    this.asked += 1;
    return { content: [{ type: 'text', text: 'hello' }], finishReason: 'stop', usage: {}, warnings: [] };
  }
}

let recorder: Recorder;
beforeAll(() => {
  recorder = createRecorder({
    tracer: () => undefined,
    promptFingerprint: true,
    spans: 'auto',
    price: undefined,
    requestHook: undefined,
    responseHook: undefined,
  });
});

const options = { prompt: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }] };

describe('a model that sends by the fetch of its configuration', () => {
  it.each(DRILL_FAULTS)('fails by what its provider would have answered: %s', async (fault) => {
    const model = new HttpModel();
    watchModel(model, () => recorder);
    const { report } = await drill({ chain: 'models', models: ['gpt-5'], fault, delayMs: 1 }, () =>
      model.doGenerate(options),
    );
    expect(report).toMatchObject({ injected: 1, outcome: 'inconclusive' });
    expect(report.attempts).toMatchObject([{ target: 'gpt-5' }]);
    expect(report.attempts[0]?.outcome).not.toBe('success');
  });
});

describe('a model of the app', () => {
  it('is not asked, and fails with what the SDK takes for an error of a provider', async () => {
    const model = new OwnModel();
    watchModel(model, () => recorder);
    const { error, report } = await drill({ chain: 'models', models: ['gpt-5'], fault: 'rate_limit' }, () =>
      model.doGenerate(options),
    );
    expect(error).toMatchObject({ statusCode: 429, isRetryable: true, responseHeaders: { 'retry-after': '1' } });
    expect(Reflect.get(Object(error), Symbol.for('vercel.ai.error.AI_APICallError'))).toBe(true);
    expect([model.asked, report.injected]).toEqual([0, 1]);
    await expect(model.doGenerate(options)).resolves.toMatchObject({ finishReason: 'stop' });
  });
});
