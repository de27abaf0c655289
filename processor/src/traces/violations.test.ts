/** Answers that did not fit what was asked for, where only a span around the call or beside it says so. */
import { ATTR_GEN_AI_OPERATION_NAME, METRIC_LLM_FALLBACK_CALLS } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { policy, start, T0, value, type World } from '../testdata/world.ts';
import { type CallFacts, call, type SpanFacts } from './testdata/calls.ts';
import { CALM_WAIT } from './trace-window.ts';

const POLICIES = { defaults: policy(), chains: [policy()] };
const NOW = T0 + 60_000;
const [SEQUENCE, PARSER, REQUEST] = ['a', 'b', 'c'].map((digit) => digit.repeat(16)) as [string, string, string];
const PARSED = 'langchain_core.exceptions.OutputParserException';

/** A call of the configured fallback, within a sequence. */
const answered = (attributes: SpanFacts['attributes'], more: CallFacts = {}): SpanFacts =>
  call('claude-haiku-4-5', { parentId: SEQUENCE, ...more, attributes });
const around = (spanId: string, attributes: SpanFacts['attributes'], more: CallFacts = {}): SpanFacts => ({
  ...call('', { spanId, parentId: REQUEST, to: 3, ...more }),
  attributes,
});

/** Successes and violations of the fallback. */
const counted = (world: World): readonly number[] =>
  ['success', 'schema_invalid'].map(
    (outcome) =>
      value(world.points(METRIC_LLM_FALLBACK_CALLS), {
        'llm_fallback.target.name': 'claude',
        'llm_fallback.call.outcome': outcome,
      }) ?? 0,
  );

const OPENINFERENCE = { 'openinference.span.kind': 'LLM' };
const CHAIN = { 'openinference.span.kind': 'CHAIN' };
const LANGFUSE = { 'langfuse.observation.type': 'generation' };
const WORKFLOW = { 'traceloop.workflow.name': 'summarise' };

const CASES: readonly (readonly [string, SpanFacts, readonly SpanFacts[]])[] = [
  [
    'LangChain’s parser beside the call, and the sequence around both',
    answered(OPENINFERENCE),
    [
      around(PARSER, CHAIN, { parentId: SEQUENCE, from: 1, exceptionType: PARSED, statusCode: 2 }),
      around(SEQUENCE, CHAIN, { exceptionType: PARSED, statusCode: 2 }),
    ],
  ],
  [
    'LangChain’s parser alone',
    answered(OPENINFERENCE),
    [around(PARSER, CHAIN, { parentId: SEQUENCE, from: 1, exceptionType: PARSED, statusCode: 2 })],
  ],
  [
    'a function of LangChain, two spans above the call',
    answered(OPENINFERENCE),
    [
      around(SEQUENCE, {}, { parentId: PARSER }),
      around(PARSER, CHAIN, { exceptionType: 'pydantic_core._pydantic_core.ValidationError', statusCode: 2 }),
    ],
  ],
  [
    'Langfuse’s span around the call',
    answered(LANGFUSE),
    [
      around(SEQUENCE, {
        'langfuse.observation.type': 'chain',
        'langfuse.observation.level': 'ERROR',
        'langfuse.observation.status_message': 'Failed to parse. Text: "{}". Error: []',
      }),
    ],
  ],
  [
    'Langfuse’s span beside the call',
    answered(LANGFUSE),
    [
      around(
        PARSER,
        {
          'langfuse.observation.type': 'span',
          'langfuse.observation.level': 'ERROR',
          'langfuse.observation.status_message': '[ { "code": "invalid_type", "path": ["title"] } ]',
        },
        { parentId: SEQUENCE, from: 1 },
      ),
    ],
  ],
  [
    'Traceloop’s task around the call',
    answered(WORKFLOW),
    [
      around(
        SEQUENCE,
        { ...WORKFLOW, 'traceloop.span.kind': 'task' },
        { exceptionType: 'OutputParserException', statusCode: 2 },
      ),
    ],
  ],
  [
    'OpenAI Agents’ span of the agent, whose status alone says it',
    answered(OPENINFERENCE),
    [
      around(
        SEQUENCE,
        { 'openinference.span.kind': 'AGENT' },
        { statusCode: 2, statusMessage: 'Invalid JSON provided: {}' },
      ),
    ],
  ],
  [
    'OpenAI Agents’ span of the agent, by the class of the error',
    answered({ ...OPENINFERENCE }),
    [
      around(
        SEQUENCE,
        { [ATTR_GEN_AI_OPERATION_NAME]: 'invoke_agent', 'error.type': 'ModelBehaviorError' },
        { statusCode: 2 },
      ),
    ],
  ],
];

describe.each(CASES)('%s', (_, answer, said) => {
  it.each([
    ['in one batch', [[answer, ...said]]],
    ['in later batches', [[answer], ...said.map((each) => [each])]],
    ['in batches before', [...said.map((each) => [each]), [answer]]],
    ['sent twice', [[answer, ...said], [answer]]],
  ])('tightens the call: %s', async (__, batches) => {
    const world = await start({ policies: POLICIES });
    for (const batch of batches) await world.send(NOW, ...batch);
    await world.rest();
    expect(counted(world)).toEqual([0, 1]);
    expect(world.target('claude')).toMatchObject({ state: 'failing', lastSuccess: undefined });
  });
});

describe('a call whose dialect puts spans around it', () => {
  it('is a success once nothing says otherwise for a while', async () => {
    const world = await start({ policies: POLICIES });
    await world.send(NOW, answered(OPENINFERENCE), around(SEQUENCE, CHAIN));
    expect(world.target('claude').state).toBe('never_exercised');
    world.now += CALM_WAIT;
    await world.pipeline.settle();
    expect(counted(world)).toEqual([1, 0]);
    expect(world.target('claude')).toMatchObject({ state: 'fresh', lastSuccess: { at: answered({}).endTime } });
  });

  it('counts after a crash, too, but proves nothing', async () => {
    const world = await start({ policies: POLICIES });
    await world.send(NOW, answered(OPENINFERENCE));
    const next = await start({ policies: POLICIES, from: world.store });
    expect(counted(next)).toEqual([1, 0]);
    expect(next.target('claude').state).toBe('never_exercised');
  });

  it('is proved by a stop in good order', async () => {
    const world = await start({ policies: POLICIES });
    await world.send(NOW, answered(OPENINFERENCE));
    await world.pipeline.close();
    const next = await start({ policies: POLICIES, from: world.store });
    expect(counted(next)).toEqual([1, 0]);
    expect(next.target('claude').state).toBe('fresh');
  });

  it.each<[string, readonly SpanFacts[]]>([
    ['another call was parsed', [around(PARSER, CHAIN, { from: 1, exceptionType: PARSED, statusCode: 2 })]],
    ['the exception was dealt with', [around(SEQUENCE, CHAIN, { exceptionType: PARSED, statusCode: 1 })]],
    [
      'the arguments of a tool did not fit',
      [
        around(
          PARSER,
          { 'openinference.span.kind': 'TOOL' },
          { parentId: SEQUENCE, from: 1, exceptionType: PARSED, statusCode: 2 },
        ),
      ],
    ],
    [
      'the request to the service did not fit',
      [around(SEQUENCE, { 'http.route': '/tickets' }, { kind: 2, exceptionType: 'ValidationError', statusCode: 2 })],
    ],
    [
      'the parser began before the call had ended',
      [around(PARSER, CHAIN, { parentId: SEQUENCE, from: 0.5, exceptionType: PARSED, statusCode: 2 })],
    ],
    [
      'the span failed for another reason',
      [around(SEQUENCE, CHAIN, { exceptionType: 'openai.RateLimitError', statusCode: 2 })],
    ],
  ])('is none of the answers that did not fit where %s', async (_, said) => {
    const world = await start({ policies: POLICIES });
    await world.send(NOW, answered(OPENINFERENCE), ...said);
    await world.rest();
    expect(counted(world)).toEqual([1, 0]);
  });

  it('is the last one before the exception, which passes through every span above', async () => {
    const world = await start({ policies: POLICIES });
    const thrown = { exceptionType: PARSED, statusCode: 2 };
    const [one, other] = ['d', 'e'].map((digit) => digit.repeat(16)) as [string, string];
    await world.send(
      NOW,
      answered(OPENINFERENCE, { parentId: one }),
      around(one, CHAIN, { parentId: SEQUENCE, to: 1 }),
      answered(OPENINFERENCE, { parentId: other, from: 2 }),
      around(other, CHAIN, { parentId: SEQUENCE, from: 2, ...thrown }),
      around(SEQUENCE, CHAIN, { to: 4, ...thrown }),
      around(REQUEST, CHAIN, { parentId: 'f'.repeat(16), to: 4, ...thrown }),
    );
    await world.rest();
    expect(counted(world)).toEqual([1, 1]);
  });
});
