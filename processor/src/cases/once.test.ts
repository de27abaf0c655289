/** Cases of calls that several spans tell of: each counts once, in whatever order and in however many batches the spans come. */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReplayOptions, replay } from '../testdata/cases.ts';
import type { World } from '../testdata/world.ts';
import type { Span } from '../types/span.ts';

const files = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `gateways/${name}.00${index}.pb.gz`);

interface Shown {
  readonly calls: readonly string[];
  readonly states: Readonly<Record<string, string>>;
  /** Input and output. */
  readonly tokens: readonly [number, number];
  readonly exhausted: number;
  readonly unassigned: readonly string[];
}

function shownIn(world: World): Shown {
  const points = (name: string) => world.points(name).flatMap((each) => ('value' in each ? [each] : []));
  const sum = (name: string, type?: string): number =>
    points(name)
      .filter(({ attributes }) => type === undefined || attributes['gen_ai.token.type'] === type)
      .reduce((total, { value }) => total + value, 0);
  const { targets, unassigned } = world.snapshot();
  return {
    calls: points(METRIC_LLM_FALLBACK_CALLS)
      .filter(({ value }) => value > 0)
      .map(({ attributes, value }) => {
        const chain = attributes[ATTR_LLM_FALLBACK_CHAIN_NAME];
        return `${chain} / ${attributes[ATTR_LLM_FALLBACK_TARGET_NAME]} ${attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]} ${value}`;
      })
      .sort(),
    states: Object.fromEntries(targets.flatMap(({ target, state }) => (state ? [[target, state]] : []))),
    tokens: [sum(METRIC_LLM_FALLBACK_TOKENS, 'input'), sum(METRIC_LLM_FALLBACK_TOKENS, 'output')],
    exhausted: sum(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED),
    unassigned: unassigned.map(({ requestModel, calls }) => `${requestModel} ${calls}`),
  };
}

async function shown(names: readonly string[], options: ReplayOptions = {}): Promise<Shown> {
  const world = await replay(names, options);
  await world.rest();
  return shownIn(world);
}

const WORDS = { config: 'config/words.yaml' };
const PYDANTIC = { config: 'config/pydantic.yaml' };
const PA02 = files('PA02_429_fallback', 2);
const PA03 = files('PA03_500_500_third', 3);
const PA10 = files('PA10_structured_fallback_invalid', 1);
const PV02 = files('PV02_429_fallback', 1);
const PV04 = files('PV04_all_fail', 1);

it('a framework’s span and its client’s are one call: double-one-call', async () => {
  expect(await shown(['otlp/double-one-call.json'], WORDS)).toEqual({
    calls: ['c / f success 1'],
    states: { f: 'fresh' },
    tokens: [20, 8],
    exhausted: 0,
    unassigned: [],
  });
  expect((await shown(['otlp/double-one-call.json'])).unassigned).toEqual(['fb-model 1']);
});

describe('pydantic-ai’s FallbackModel, without configuration', () => {
  it.each([
    ['the second target served: PA02', PA02, ['gpt-5 error 1', 'gpt-4.1-mini success 1'], 'fresh', 'never_exercised'],
    [
      'the third served: PA03',
      PA03,
      ['gpt-5 error 1', 'gpt-4.1-mini error 1', 'claude-haiku-4-5 success 1'],
      'failing',
      'fresh',
    ],
    [
      'a stream of the second: PA06',
      files('PA06_stream_fallback', 1),
      ['gpt-5 error 1', 'gpt-4.1-mini success 1'],
      'fresh',
      'never_exercised',
    ],
    ['recorded twice: PV02', PV02, ['gpt-5 error 1', 'gpt-4.1-mini success 1'], 'fresh', 'never_exercised'],
    [
      'all failed, recorded twice: PV04',
      PV04,
      ['gpt-5 error 1', 'gpt-4.1-mini error 1', 'claude-haiku-4-5 error 1'],
      'failing',
      'failing',
    ],
  ])('%s', async (_, names, calls, second, third) => {
    const found = await shown(names);
    expect(found.calls).toEqual(calls.map((call) => `summarizer / ${call}`).sort());
    expect(found.states).toEqual({ 'gpt-4.1-mini': second, 'claude-haiku-4-5': third });
    expect(found.exhausted).toBe(names === PV04 ? 1 : 0);
    expect(found.unassigned).toEqual([]);
  });

  it('an output that breaks the schema is no success: PA10', async () => {
    expect(await shown(PA10)).toMatchObject({
      calls: ['structured / gpt-4.1-mini schema_invalid 2', 'structured / o3 error 2'],
      states: { 'gpt-4.1-mini': 'failing' },
    });
  });

  it('each target failed that the name of a call lists: pydantic-all-failed', async () => {
    expect(await shown(['otlp/pydantic-all-failed.json'])).toEqual({
      calls: ['fallback:gpt-5,fb-model / fb-model error 1', 'fallback:gpt-5,fb-model / gpt-5 error 1'],
      states: { 'fb-model': 'failing' },
      tokens: [0, 0],
      exhausted: 1,
      unassigned: [],
    });
  });
});

describe('pydantic-ai’s FallbackModel, in the rows of the configuration', () => {
  it.each([
    ['PA02', PA02, ['gpt-4.1-mini success 1', 'gpt-5 error 1'], [25, 8]],
    ['PA03', PA03, ['claude-haiku success 1', 'gpt-4.1-mini error 1', 'gpt-5 error 1'], [37, 8]],
    ['PA06', files('PA06_stream_fallback', 1), ['gpt-4.1-mini success 1', 'gpt-5 error 1'], [35, 8]],
    ['PA10', PA10, ['gpt-4.1-mini schema_invalid 2'], [281, 2]],
    ['PV02', PV02, ['gpt-4.1-mini success 1', 'gpt-5 error 1'], [25, 8]],
    ['PV04', PV04, ['claude-haiku error 1', 'gpt-4.1-mini error 1', 'gpt-5 error 1'], [0, 0]],
  ])('%s', async (_, names, calls, tokens) => {
    const found = await shown(names, PYDANTIC);
    expect(found.calls).toEqual(calls.map((call) => `summarizer / ${call}`));
    expect(found.tokens).toEqual(tokens);
  });

  it('pydantic-all-failed', async () => {
    const found = await shown(['otlp/pydantic-all-failed.json'], WORDS);
    expect(found.calls).toEqual(['c / f error 1', 'c / p error 1']);
    expect(found.states).toEqual({ f: 'failing' });
  });
});

it('all of that in whatever order and split the spans come', async () => {
  const cases: readonly (readonly [readonly string[], ReplayOptions])[] = [
    [['otlp/double-one-call.json'], WORDS],
    [['otlp/double-one-call.json'], {}],
    [['otlp/spring.json'], { config: 'config/health-checks.yaml' }],
    [PA02, {}],
    [PA03, {}],
    [PA03, PYDANTIC],
    [PA10, {}],
    [PV02, {}],
    [PV02, PYDANTIC],
    [PV04, {}],
    [PV04, PYDANTIC],
  ];
  const whole = await Promise.all(cases.map(([names, options]) => shown(names, options)));
  const seed = fc.array(fc.record({ key: fc.nat(), cut: fc.boolean() }), { minLength: 16, maxLength: 16 });
  await fc.assert(
    fc.asyncProperty(fc.nat(cases.length - 1), seed, async (index, keys) => {
      const [names, options] = cases[index] ?? [[], {}];
      const arrange = (spans: readonly Span[]): readonly (readonly Span[])[] => {
        const batches: Span[][] = [[]];
        const keyed = spans.map((span, at) => ({ span, ...(keys[at % keys.length] ?? { key: 0, cut: false }) }));
        for (const { span, cut } of keyed.sort((a, b) => a.key - b.key)) {
          if (cut) batches.push([]);
          batches.at(-1)?.push(span);
        }
        return batches;
      };
      expect(await shown(names, { ...options, arrange })).toEqual(whole[index]);
    }),
    { numRuns: 200 },
  );
});
