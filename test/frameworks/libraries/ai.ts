/** The Vercel AI SDK in each of its major versions: the same uses, in the words of each version. */
import { answer, fail, json, raw } from '@warmspare/providers';
import { z } from 'zod';
import { type Case, type Library, library, SECRET, type World } from '../contract/library.ts';

type Ai = typeof import('ai');
type Model = Parameters<Ai['generateText']>[0]['model'];
type Options = Omit<Parameters<Ai['generateText']>[0], 'model' | 'prompt' | 'messages'>;

export interface AiLib {
  readonly ai: Ai;
  readonly gateway: (id: string) => Model;
  readonly openai: (id: string) => Model;
  readonly anthropic: (id: string) => Model;
  /** What a library makes of a list of models. */
  list(name: ListName, models: readonly Model[]): Model;
  readonly embedding: (id: string) => Parameters<Ai['embed']>[0]['model'];
}

export const TOKENS = { input: 100, output: 20 };
export const said = (details: Parameters<typeof answer>[0] & object = {}) =>
  answer({ text: `Said: ${SECRET}.`, tokens: TOKENS, ...details });

const Ticket = z.object({ summary: z.string(), priority: z.number() });
const VALID = json({ summary: SECRET, priority: 1 }, { tokens: TOKENS });
const INVALID = json({ summary: SECRET, priority: SECRET }, { tokens: TOKENS });

/** One try: the SDK's own retries are the subject of a case of their own. */
export const ASK = { prompt: `Ask: ${SECRET}`, system: `You are ${SECRET}.`, maxRetries: 0 };

const OK = 'chat openai gpt-5>gpt-5-2025-08-07 success 100/20 $';

interface Result {
  readonly text: string;
  readonly finishReason: string;
  readonly usage: object;
  readonly steps: readonly unknown[];
  readonly response: { readonly id: string; readonly timestamp: Date };
  readonly providerMetadata: unknown;
}

/** What a user reads of a result. */
export const read = (result: Result) => ({
  text: result.text,
  finishReason: result.finishReason,
  usage: result.usage,
  steps: result.steps.length,
  response: { ...result.response, timestamp: typeof result.response.timestamp, id: result.response.id.length },
  providerMetadata: result.providerMetadata,
  prototype: Object.getOwnPropertyNames(Object.getPrototypeOf(result)),
});

export async function drained({ fullStream }: { readonly fullStream: AsyncIterable<{ readonly type: string }> }) {
  const parts: unknown[] = [];
  for await (const part of fullStream) {
    const whole = part.type === 'error' || part.type === 'finish';
    parts.push(whole ? part : part.type === 'text-delta' ? [part.type, Reflect.get(part, 'text')] : part.type);
  }
  return parts;
}

const silent = { onError: () => {} };

const tools = (ai: Ai) => ({
  lookup: ai.tool({
    description: 'Looks a ticket up',
    inputSchema: z.object({ id: z.number() }),
    execute: async ({ id }) => ({ id, secret: SECRET }),
  }),
});

const CALLS_TOOL = answer({ toolCalls: [{ name: 'lookup', arguments: { id: 4711 } }], tokens: TOKENS });

/** `telemetry` since 7, where it is on unless it is switched off. */
const telemetryOf = (major: number, options: object): Options =>
  (major >= 7 ? { telemetry: options } : { experimental_telemetry: options }) as Options;

const asking = (major: number): readonly Case<AiLib>[] => [
  {
    name: 'generateText',
    feature: 'call',
    openai: [said()],
    run: async ({ ai, openai }) => read(await ai.generateText({ ...ASK, model: openai('gpt-5') })),
    calls: [OK],
    rows: [],
  },
  {
    name: 'streamText',
    feature: 'stream',
    openai: [said()],
    run: ({ ai, openai }) => drained(ai.streamText({ ...ASK, model: openai('gpt-5') })),
    calls: [OK],
    rows: [],
  },
  {
    name: 'a stream that nobody reads to its end',
    feature: 'stream',
    openai: [said({ text: `${SECRET} and much more than anybody reads` })],
    async run({ ai, openai }) {
      const stopped = new AbortController();
      const { textStream } = ai.streamText({ ...ASK, ...silent, model: openai('gpt-5'), abortSignal: stopped.signal });
      for await (const _ of textStream) break;
      stopped.abort();
      return 'left';
    },
    calls: ['chat openai gpt-5>gpt-5-2025-08-07 cancelled'],
    rows: [],
  },
  {
    name: 'a call that fails',
    feature: 'failure',
    openai: [fail('rate_limit', { retryAfter: 0 })],
    run: ({ ai, openai }) => ai.generateText({ ...ASK, model: openai('gpt-5') }),
    calls: ['chat openai gpt-5 error'],
    rows: [],
  },
  {
    name: 'a stream that fails',
    feature: 'failure',
    openai: [fail('unavailable')],
    run: ({ ai, openai }) => drained(ai.streamText({ ...ASK, ...silent, model: openai('gpt-5') })),
    calls: ['chat openai gpt-5 error'],
    rows: [],
  },
  {
    name: 'an answer that is cut off',
    feature: 'failure',
    openai: [said({ finish: 'length' })],
    run: async ({ ai, openai }) => read(await ai.generateText({ ...ASK, model: openai('gpt-5') })),
    calls: ['chat openai gpt-5>gpt-5-2025-08-07 truncated 100/20 $'],
    rows: [],
  },
  {
    name: 'generateObject',
    feature: 'schema',
    openai: [VALID],
    run: async ({ ai, openai }) => {
      const { object, usage } = await ai.generateObject({ ...ASK, model: openai('gpt-5'), schema: Ticket });
      return { object, usage };
    },
    calls: [`${OK} schema=valid`],
    rows: [],
  },
  {
    name: 'generateObject throws NoObjectGeneratedError',
    feature: 'schema',
    openai: [INVALID],
    run: ({ ai, openai }) =>
      ai.generateObject({ ...ASK, model: openai('gpt-5'), schema: Ticket }).catch((error: Error) => error.name),
    calls: ['chat openai gpt-5>gpt-5-2025-08-07 schema_invalid 100/20 $ schema=invalid'],
    rows: [],
  },
  {
    name: 'streamObject',
    feature: 'schema',
    openai: [VALID],
    run: async ({ ai, openai }) => {
      const { partialObjectStream, object } = ai.streamObject({ ...ASK, model: openai('gpt-5'), schema: Ticket });
      for await (const _ of partialObjectStream);
      return object;
    },
    calls: [`${OK} schema=valid`],
    rows: [],
  },
  {
    name: 'output of generateText',
    feature: 'schema',
    openai: [INVALID],
    run: ({ ai, openai }) => {
      const output = ai.Output.object({ schema: Ticket });
      const options = {
        ...ASK,
        model: openai('gpt-5'),
        ...(major >= 6 ? { output } : { experimental_output: output }),
      };
      return ai.generateText(options).then(read, (error: Error) => error.name);
    },
    calls: ['chat openai gpt-5>gpt-5-2025-08-07 schema_invalid 100/20 $ schema=invalid'],
    rows: [],
  },
  {
    name: 'a loop of tools',
    feature: 'tools',
    openai: [CALLS_TOOL, said()],
    run: async ({ ai, openai }) =>
      read(await ai.generateText({ ...ASK, model: openai('gpt-5'), tools: tools(ai), stopWhen: ai.stepCountIs(3) })),
    calls: [OK, OK],
    rows: [],
  },
  {
    name: 'a streamed loop of tools',
    feature: 'tools',
    openai: [CALLS_TOOL, said()],
    run: ({ ai, openai }) =>
      drained(ai.streamText({ ...ASK, model: openai('gpt-5'), tools: tools(ai), stopWhen: ai.stepCountIs(3) })),
    calls: [OK, OK],
    rows: [],
  },
  {
    name: 'an agent',
    feature: 'tools',
    openai: [CALLS_TOOL, said(), said()],
    async run({ ai, openai }) {
      const Agent = (major >= 6 ? Reflect.get(ai, 'ToolLoopAgent') : ai.Experimental_Agent) as Ai['Experimental_Agent'];
      const agent = new Agent({ model: openai('gpt-5'), tools: tools(ai), stopWhen: ai.stepCountIs(3), maxRetries: 0 });
      const generated = read(await agent.generate({ prompt: SECRET }));
      return [generated, await drained(await agent.stream({ prompt: SECRET }))];
    },
    calls: [OK, OK, OK],
    rows: [],
  },
  {
    name: 'embed and embedMany',
    feature: 'embeddings',
    async run({ ai, embedding }) {
      const model = embedding('text-embedding-3-small');
      const one = await ai.embed({ model, value: SECRET, maxRetries: 0 });
      const many = await ai.embedMany({ model, values: [SECRET, SECRET], maxRetries: 0 });
      return [one.embedding.length, one.usage, many.embeddings.length, many.usage];
    },
    calls: [
      'embeddings openai text-embedding-3-small success 24/ $',
      'embeddings openai text-embedding-3-small success 30/ $',
    ],
    rows: [],
  },
  {
    name: 'telemetry that is switched off hides nothing',
    feature: 'telemetry off',
    openai: [said()],
    run: async ({ ai, openai }) =>
      read(await ai.generateText({ ...ASK, model: openai('gpt-5'), ...telemetryOf(major, { isEnabled: false }) })),
    calls: [OK],
    rows: [],
  },
  {
    name: 'telemetry that is switched on is enriched, not doubled',
    feature: 'telemetry off',
    openai: [said(), said()],
    async run({ ai, openai }) {
      const telemetry = telemetryOf(major, { isEnabled: true, recordInputs: false, recordOutputs: false });
      const one = read(await ai.generateText({ ...ASK, model: openai('gpt-5'), ...telemetry }));
      return [one, await drained(ai.streamText({ ...ASK, model: openai('gpt-5'), ...telemetry }))];
    },
    calls: [OK, OK],
    rows: [],
  },
  {
    name: 'a middleware that answers from a cache',
    feature: 'cache',
    openai: [said()],
    async run({ ai, openai }) {
      const kept = new Map<string, unknown>();
      const model = ai.wrapLanguageModel({
        model: openai('gpt-5') as Parameters<Ai['wrapLanguageModel']>[0]['model'],
        middleware: {
          async wrapGenerate({ doGenerate, params }) {
            const key = JSON.stringify(params.prompt);
            if (!kept.has(key)) kept.set(key, await doGenerate());
            return kept.get(key) as Awaited<ReturnType<typeof doGenerate>>;
          },
        },
      });
      const first = await ai.generateText({ ...ASK, model });
      return [read(first), read(await ai.generateText({ ...ASK, model }))];
    },
    calls: [OK, 'chat openai gpt-5>gpt-5-2025-08-07 success 100/20 [? ?#? cache by wrapper after _OTHER]'],
    rows: [],
  },
  {
    name: 'targets of chain() that return what generateText and generateObject resolve to',
    feature: 'list falls',
    openai: [fail('unavailable'), VALID],
    anthropic: [VALID],
    async run({ ai, openai, anthropic }, { warmspare }) {
      const summarize = warmspare.chain('summarize-ticket', {
        schema: Ticket,
        targets: [
          { name: 'gpt-5', type: 'primary', run: () => ai.generateText({ ...ASK, model: openai('gpt-5') }) },
          {
            name: 'claude-haiku',
            type: 'fallback',
            run: () => ai.generateText({ ...ASK, model: anthropic('claude-haiku-4-5') }),
          },
        ],
      });
      const object = warmspare.chain('extract-ticket', {
        schema: Ticket,
        targets: [
          {
            name: 'gpt-5',
            type: 'primary',
            run: () => ai.generateObject({ ...ASK, model: openai('gpt-5'), schema: Ticket }),
          },
        ],
      });
      return [await summarize(undefined), await object(undefined)];
    },
    calls: [
      'chat openai gpt-5 - [summarize-ticket gpt-5#0 primary by explicit]',
      '(summarize-ticket gpt-5) openai gpt-5 error schema=not_evaluated [summarize-ticket gpt-5#0 primary by explicit]',
      'chat anthropic claude-haiku-4-5>claude-haiku-4-5-20251001 - 100/20 $ [summarize-ticket claude-haiku#1 fallback by explicit after error]',
      '(summarize-ticket claude-haiku) anthropic claude-haiku-4-5>claude-haiku-4-5-20251001 success 100/20 $ schema=valid [summarize-ticket claude-haiku#1 fallback by explicit after error]',
      '(summarize-ticket) -',
      'chat openai gpt-5>gpt-5-2025-08-07 - 100/20 $ schema=valid [extract-ticket gpt-5#0 primary by explicit]',
      '(extract-ticket gpt-5) openai gpt-5>gpt-5-2025-08-07 success 100/20 $ schema=valid [extract-ticket gpt-5#0 primary by explicit]',
      '(extract-ticket) -',
    ],
    rows: [
      'summarize-ticket | gpt-5 primary | error 1 | -',
      'summarize-ticket | claude-haiku fallback | success 1 | fresh',
      'extract-ticket | gpt-5 primary | success 1 | -',
    ],
    spans: 3,
  },
  {
    name: 'many calls at once',
    feature: 'concurrent',
    openai: [said(), said(), said(), said()],
    run: ({ ai, openai }) =>
      Promise.all([1, 2, 3, 4].map(async () => (await ai.generateText({ ...ASK, model: openai('gpt-5') })).text)),
    calls: [OK, OK, OK, OK],
    rows: [],
  },
];

const CLAUDE = 'chat anthropic claude-haiku-4-5>claude-haiku-4-5-20251001';

/** Libraries whose list of models is a model itself. */
const LISTS = {
  'ai-fallback': { from: 5, chain: 'ai-fallback:gpt-5>claude-haiku-4-5' },
  'ai-retry': { from: 6, chain: 'ai-retry:gpt-5>claude-haiku-4-5' },
} as const;

type ListName = keyof typeof LISTS;

const listCases = (name: ListName, major: number): readonly Case<AiLib>[] => {
  const { chain } = LISTS[name];
  const primary = `[${chain} gpt-5#0 primary by wrapper]`;
  const fallback = (job: string, reason: string) => `[${job} claude-haiku-4-5#1 fallback by wrapper after ${reason}]`;
  const served = `${CLAUDE} success 100/20 $ ${fallback(chain, 'error')}`;
  const down = `chat openai gpt-5 error ${primary}`;
  const cases: readonly Case<AiLib>[] = [
    {
      name: `${name}: a list that never runs`,
      feature: 'list declared',
      run: async ({ list, openai, anthropic }) => {
        list(name, [openai('gpt-4o'), anthropic('claude-haiku-4-5')]);
      },
      calls: [],
      rows: [
        `${name}:gpt-4o>claude-haiku-4-5 | gpt-4o primary | no call | -`,
        `${name}:gpt-4o>claude-haiku-4-5 | claude-haiku-4-5 fallback | no call | never_exercised`,
      ],
    },
    {
      name: `${name}: the primary serves`,
      feature: 'list declared',
      openai: [said()],
      run: async ({ ai, list, openai, anthropic }) =>
        read(await ai.generateText({ ...ASK, model: list(name, [openai('gpt-5'), anthropic('claude-haiku-4-5')]) })),
      calls: [`${OK} ${primary}`],
      rows: [
        `${chain} | gpt-5 primary | success 1 | -`,
        `${chain} | claude-haiku-4-5 fallback | no call | never_exercised`,
      ],
    },
    {
      name: `${name}: the fallback serves`,
      feature: 'list falls',
      openai: [fail('unavailable')],
      anthropic: [said()],
      run: async ({ ai, list, openai, anthropic }) =>
        read(await ai.generateText({ ...ASK, model: list(name, [openai('gpt-5'), anthropic('claude-haiku-4-5')]) })),
      calls: [down, served],
      rows: [`${chain} | gpt-5 primary | error 1 | -`, `${chain} | claude-haiku-4-5 fallback | success 1 | fresh`],
    },
    {
      name: `${name}: the fallback serves a stream`,
      feature: 'list falls',
      openai: [fail('rate_limit', { retryAfter: 0 })],
      anthropic: [said()],
      run: ({ ai, list, openai, anthropic }) =>
        drained(ai.streamText({ ...ASK, model: list(name, [openai('gpt-5'), anthropic('claude-haiku-4-5')]) })),
      calls: [down, `${CLAUDE} success 100/20 $ ${fallback(chain, 'rate_limit')}`],
      rows: [`${chain} | gpt-5 primary | error 1 | -`, `${chain} | claude-haiku-4-5 fallback | success 1 | fresh`],
    },
    {
      name: `${name}: a stream breaks before its first text`,
      feature: 'list falls',
      openai: [said({ cut: { after: 0, how: 'error' } })],
      anthropic: [said()],
      run: ({ ai, list, openai, anthropic }) =>
        drained(ai.streamText({ ...ASK, model: list(name, [openai('gpt-5'), anthropic('claude-haiku-4-5')]) })),
      calls: [down, served],
      rows: [`${chain} | gpt-5 primary | error 1 | -`, `${chain} | claude-haiku-4-5 fallback | success 1 | fresh`],
    },
    {
      name: `${name}: all fail`,
      feature: 'all fail',
      openai: [fail('unavailable')],
      anthropic: [fail('overloaded')],
      run: ({ ai, list, openai, anthropic }) =>
        ai.generateText({ ...ASK, model: list(name, [openai('gpt-5'), anthropic('claude-haiku-4-5')]) }),
      calls: [down, `chat anthropic claude-haiku-4-5 error ${fallback(chain, 'error')}`],
      rows: [`${chain} | gpt-5 primary | error 1 | -`, `${chain} | claude-haiku-4-5 fallback | error 1 | failing`],
    },
    {
      name: `${name}: the schema is judged on each try`,
      feature: 'schema',
      openai: [fail('unavailable')],
      anthropic: [INVALID],
      run: ({ ai, list, openai, anthropic }) =>
        ai
          .generateObject({
            ...ASK,
            model: list(name, [openai('gpt-5'), anthropic('claude-haiku-4-5')]),
            schema: Ticket,
          })
          .catch((error: Error) => error.name),
      calls: [
        `chat openai gpt-5 error schema=not_evaluated ${primary}`,
        `${CLAUDE} schema_invalid 100/20 $ schema=invalid ${fallback(chain, 'error')}`,
      ],
      rows: [
        `${chain} | gpt-5 primary | error 1 | -`,
        `${chain} | claude-haiku-4-5 fallback | schema_invalid 1 | failing`,
      ],
    },
    {
      name: `${name}: the SDK's own span around the tries is none of them`,
      feature: 'telemetry off',
      openai: [fail('unavailable')],
      anthropic: [said()],
      run: async ({ ai, list, openai, anthropic }) =>
        read(
          await ai.generateText({
            ...ASK,
            ...telemetryOf(major, { isEnabled: true }),
            model: list(name, [openai('gpt-5'), anthropic('claude-haiku-4-5')]),
          }),
        ),
      calls: [down, served],
      rows: [`${chain} | gpt-5 primary | error 1 | -`, `${chain} | claude-haiku-4-5 fallback | success 1 | fresh`],
    },
    {
      name: `${name}: calls at the same time do not mix`,
      feature: 'concurrent',
      openai: [said({ delay: 30 }), said({ delay: 20 }), said({ delay: 10 }), said()],
      async run({ ai, list, openai, anthropic }) {
        const model = list(name, [openai('gpt-5'), anthropic('claude-haiku-4-5')]);
        const ask = async () => (await ai.generateText({ ...ASK, model })).text;
        return Promise.all([ask(), ask(), ask(), ask()]);
      },
      calls: [1, 2, 3, 4].map(() => `${OK} ${primary}`),
      rows: [
        `${chain} | gpt-5 primary | success 4 | -`,
        `${chain} | claude-haiku-4-5 fallback | no call | never_exercised`,
      ],
    },
    {
      name: `${name}: a loop of tools streams through the list`,
      feature: 'tools',
      openai: [CALLS_TOOL, said()],
      run: ({ ai, list, openai, anthropic }) =>
        drained(
          ai.streamText({
            ...ASK,
            model: list(name, [openai('gpt-5'), anthropic('claude-haiku-4-5')]),
            tools: tools(ai),
            stopWhen: ai.stepCountIs(3),
          }),
        ),
      calls: [`${OK} ${primary}`, `${OK} ${primary}`],
      rows: [
        `${chain} | gpt-5 primary | success 2 | -`,
        `${chain} | claude-haiku-4-5 fallback | no call | never_exercised`,
      ],
    },
    {
      name: `${name}: the chain has the user's name`,
      feature: 'list falls',
      openai: [fail('unavailable'), fail('unavailable')],
      anthropic: [said(), said()],
      async run({ ai, list, openai, anthropic }, { warmspare }) {
        const models = [openai('gpt-5'), anthropic('claude-haiku-4-5')];
        const named = warmspare.withChainName(`${name}-named`, () => list(name, models));
        const telemetry = { telemetry: { functionId: `${name}-function` } };
        const old = { experimental_telemetry: { functionId: `${name}-function` } };
        const one = read(await ai.generateText({ ...ASK, model: named }));
        return [one, read(await ai.generateText({ ...ASK, ...telemetry, ...old, model: list(name, models) }))];
      },
      calls: ['named', 'function'].flatMap((kind) => [
        `chat openai gpt-5 error [${name}-${kind} gpt-5#0 primary by wrapper]`,
        `${CLAUDE} success 100/20 $ ${fallback(`${name}-${kind}`, 'error')}`,
      ]),
      rows: ['named', 'function'].flatMap((kind) => [
        `${name}-${kind} | gpt-5 primary | error 1 | -`,
        `${name}-${kind} | claude-haiku-4-5 fallback | success 1 | fresh`,
      ]),
    },
  ];
  // ai-fallback 1 hands such an error on.
  return cases.filter((each) => major > 5 || each.name !== `${name}: a stream breaks before its first text`);
};

type MakeModel = (settings: object) => Model;

/** What Vercel's AI Gateway answers: the result of the model itself, with what it tried. */
const routed = (major: number, served: string) =>
  raw({
    status: 200,
    body: JSON.stringify({
      content: [{ type: 'text', text: SECRET }],
      finishReason: major >= 6 ? { unified: 'stop', raw: 'end_turn' } : 'stop',
      usage:
        major >= 6
          ? { inputTokens: { total: 100 }, outputTokens: { total: 20 } }
          : { inputTokens: 100, outputTokens: 20, totalTokens: 120 },
      warnings: [],
      providerMetadata: {
        gateway: {
          routing: {
            originalModelId: 'openai/gpt-5',
            finalProvider: served.split('/')[0],
            modelAttempts: [
              ...(served === 'openai/gpt-5' ? [] : [{ modelId: 'openai/gpt-5', success: false }]),
              { modelId: served, success: true },
            ],
          },
          cost: '0.0012',
        },
      },
    }),
  });

const LISTED = { providerOptions: { gateway: { models: ['anthropic/claude-haiku-4-5'] } } };

const gatewayCases = (major: number): readonly Case<AiLib>[] => [
  {
    name: 'AI Gateway: the primary of its list serves',
    feature: 'list declared',
    openai: [routed(major, 'openai/gpt-5')],
    run: async ({ ai, gateway }) => read(await ai.generateText({ ...ASK, ...LISTED, model: gateway('openai/gpt-5') })),
    calls: ['chat gateway openai/gpt-5 success 100/20 $ [vercel:openai/gpt-5 openai/gpt-5#0 primary by gateway]'],
    rows: [
      'vercel:openai/gpt-5 | openai/gpt-5 primary | success 1 | -',
      'vercel:openai/gpt-5 | anthropic/claude-haiku-4-5 fallback | no call | never_exercised',
    ],
  },
  {
    name: 'AI Gateway: a fallback of its list serves',
    feature: 'list falls',
    openai: [routed(major, 'anthropic/claude-haiku-4-5')],
    run: async ({ ai, gateway }) => read(await ai.generateText({ ...ASK, ...LISTED, model: gateway('openai/gpt-5') })),
    calls: [
      'chat gateway openai/gpt-5 success 100/20 $ [vercel:openai/gpt-5 anthropic/claude-haiku-4-5#1 fallback by gateway after _OTHER]',
      '(vercel:openai/gpt-5 openai/gpt-5) error [vercel:openai/gpt-5 openai/gpt-5#0 primary by gateway]',
    ],
    rows: [
      'vercel:openai/gpt-5 | openai/gpt-5 primary | error 1 | -',
      'vercel:openai/gpt-5 | anthropic/claude-haiku-4-5 fallback | success 1 | fresh',
    ],
  },
  {
    name: "the name of a model stands for what the app's default provider makes of it",
    feature: 'call',
    openai: [said()],
    async run({ ai, openai }) {
      const global = globalThis as { AI_SDK_DEFAULT_PROVIDER?: unknown };
      global.AI_SDK_DEFAULT_PROVIDER = { languageModel: openai };
      try {
        return read(await ai.generateText({ ...ASK, model: 'gpt-5' }));
      } finally {
        delete global.AI_SDK_DEFAULT_PROVIDER;
      }
    },
    calls: [OK],
    rows: [],
  },
];

async function loadAi({ load, openai, anthropic }: World, major: number): Promise<AiLib> {
  const ai = (await load('ai')) as Ai;
  const { createOpenAI } = (await load('@ai-sdk/openai')) as typeof import('@ai-sdk/openai');
  const { createAnthropic } = (await load('@ai-sdk/anthropic')) as typeof import('@ai-sdk/anthropic');
  const gpt = createOpenAI({ apiKey: 'none', baseURL: `${openai}/v1` });
  const claude = createAnthropic({ apiKey: 'none', baseURL: `${anthropic}/v1` });
  const { createFallback } = (await load('ai-fallback')) as { readonly createFallback: MakeModel };
  const retry = (major < LISTS['ai-retry'].from ? {} : await load('ai-retry')) as {
    readonly createRetryable: MakeModel;
  };
  const gateway = ai.createGateway({ apiKey: 'none', baseURL: `${openai}/gateway` });
  return {
    ai,
    gateway: (id) => gateway(id),
    openai: gpt.chat,
    anthropic: claude,
    embedding: gpt.textEmbeddingModel,
    list(name, [model, ...retries]) {
      return name === 'ai-fallback'
        ? createFallback({ models: [model, ...retries] })
        : retry.createRetryable({ model, retries });
    },
  };
}

const ofMajor = (major: number): Library<unknown> =>
  library<AiLib>({
    name: `Vercel AI SDK (ai) ${major}`,
    folder: `ai-${major}`,
    systems: ['esm', 'cjs'],
    load: (world) => loadAi(world, major),
    cases: [
      ...asking(major),
      ...gatewayCases(major),
      ...(Object.keys(LISTS) as ListName[])
        .filter((name) => major >= LISTS[name].from)
        .flatMap((name) => listCases(name, major)),
    ],
  });

export const AI: readonly Library<unknown>[] = [5, 6, 7].map(ofMajor);
