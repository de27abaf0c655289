/** Models that are asked in turn, by hand and without any library: which of them is told to have served, failed, or never run. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  CALL_CHANNEL,
  type CallMessage,
} from '@warmspare/semconv';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { finishWaiting } from '../base/after-answer.ts';
import { withChainName } from '../base/chain-name.ts';
import { createRecorder } from '../call/record.ts';
import { markList } from '../models/watch.ts';
import { modelList, runModelList } from './model-list.ts';

const recorder = createRecorder({ tracer: () => undefined, promptFingerprint: true, price: undefined, spans: 'auto' });
let on = true;
const live = () => (on ? recorder : undefined);

/** Answers, or throws what it is given. */
class Model {
  readonly specificationVersion = 'v3';
  readonly provider = 'openai.chat';
  readonly modelId: string;
  failure: unknown;

  constructor(modelId: string, failure?: unknown) {
    this.modelId = modelId;
    this.failure = failure;
  }

  async doGenerate(_options: object): Promise<unknown> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    return {
      content: [{ type: 'text', text: 'an answer' }],
      finishReason: { unified: 'stop', raw: 'stop' },
      usage: { inputTokens: { total: 1 }, outputTokens: { total: 1 } },
    };
  }
}

/** As the libraries do: one after the other, from `start` on. */
class List {
  readonly specificationVersion = 'v3';
  readonly provider = 'list';
  readonly modelId = 'list';
  readonly models: readonly (Model | List)[];
  start = 0;
  doGenerate: (options: object) => Promise<unknown>;

  constructor(...models: readonly (Model | List)[]) {
    this.models = models;
    this.doGenerate = markList((options: object) =>
      runModelList(
        this,
        'test',
        () => this.models,
        live,
        () => this.ask(options),
      ),
    );
    modelList(this, 'test', models, live);
  }

  private async ask(options: object): Promise<unknown> {
    let last: unknown;
    for (const model of this.models.slice(this.start)) {
      try {
        return await model.doGenerate(options);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }
}

const messages: CallMessage[] = [];
const hear = (message: unknown): void => {
  messages.push(message as CallMessage);
};
beforeEach(() => {
  on = true;
  messages.length = 0;
  subscribe(CALL_CHANNEL, hear);
});
afterEach(() => {
  unsubscribe(CALL_CHANNEL, hear);
});

const DOWN = Object.assign(new Error('down'), { statusCode: 503 });
const LIMITED = Object.assign(new Error('limited'), { statusCode: 429 });
const OPTIONS = { prompt: [] };

/** `chain model#rank type outcome reason` of each call. */
function told(): readonly string[] {
  finishWaiting();
  return messages
    .filter(({ attributes }) => ATTR_LLM_FALLBACK_CALL_OUTCOME in attributes)
    .map(({ attributes: said }) =>
      [
        said[ATTR_LLM_FALLBACK_CHAIN_NAME],
        `${said[ATTR_GEN_AI_REQUEST_MODEL]}#${said[ATTR_LLM_FALLBACK_TARGET_RANK]}`,
        said[ATTR_LLM_FALLBACK_ROUTE_TYPE],
        said[ATTR_LLM_FALLBACK_CALL_OUTCOME],
        said[ATTR_LLM_FALLBACK_TRIGGER_REASON],
      ]
        .filter((part) => part !== undefined)
        .join(' '),
    );
}

test('each try is told by the model that was asked', async () => {
  await new List(new Model('a', LIMITED), new Model('b', DOWN), new Model('c')).doGenerate(OPTIONS);
  expect(told()).toEqual([
    'test:a>b>c a#0 primary error',
    'test:a>b>c b#1 fallback error rate_limit',
    'test:a>b>c c#2 fallback success error',
  ]);
});

test('runs at the same time do not mix', async () => {
  const list = new List(new Model('a'), new Model('b'));
  await Promise.all([1, 2, 3].map(() => list.doGenerate(OPTIONS)));
  expect(told()).toEqual(Array.from({ length: 3 }, () => 'test:a>b a#0 primary success'));
});

test('a list that goes on with its fallback says why it once left the primary', async () => {
  const list = new List(new Model('a', LIMITED), new Model('b'));
  await list.doGenerate(OPTIONS);
  messages.length = 0;
  list.start = 1;
  await list.doGenerate(OPTIONS);
  expect(told()).toEqual(['test:a>b b#1 fallback success rate_limit']);
});

test('a list inside a list is one chain', async () => {
  await new List(new Model('a', DOWN), new List(new Model('b', DOWN), new Model('c'))).doGenerate(OPTIONS);
  expect(told().map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
    'a#0 primary',
    'b#1 fallback',
    'c#2 fallback',
  ]);
});

test('the same model again is a retry of one target', async () => {
  await new List(new Model('a', DOWN), new Model('a', DOWN), new Model('b')).doGenerate(OPTIONS);
  expect(told()).toEqual([
    'test:a>b a#0 primary error',
    'test:a>b a#0 primary error',
    'test:a>b b#1 fallback success error',
  ]);
});

test("the chain has the user's name, where the list was built or where it runs", async () => {
  const built = withChainName('built', () => new List(new Model('a'), new Model('b')));
  await withChainName('running', () => built.doGenerate(OPTIONS));
  await withChainName('running', () => new List(new Model('a'), new Model('b')).doGenerate(OPTIONS));
  expect(told()).toEqual(['built a#0 primary success', 'running a#0 primary success']);
});

test('nothing is told while the instrumentation is off, and the app gets its answer', async () => {
  const list = new List(new Model('a', DOWN), new Model('b'));
  on = false;
  expect(await list.doGenerate(OPTIONS)).toMatchObject({ finishReason: { unified: 'stop' } });
  expect(told()).toEqual([]);
});

test('a list that has never run is announced before the process ends', () => {
  new List(new Model('never-a'), new Model('never-b'));
  expect(messages).toEqual([]);
  finishWaiting();
  expect(messages.map(({ attributes }) => attributes[ATTR_LLM_FALLBACK_CHAIN_NAME])).toEqual(['test:never-a>never-b']);
});
