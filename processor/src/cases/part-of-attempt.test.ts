/** Spans of other instrumentations around, below and beside those that state an attempt: they belong to it, in whatever order they come. */
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, policy, start, T0, type World } from '../testdata/world.ts';

type SpanFacts = Parameters<World['send']>[1];

const TRACE = '5b8efff798038103d269b633813fc60c';
const id = (digit: string): string => digit.repeat(16);

function spanOf(spanId: string, parentId: string, attributes: SpanFacts['attributes'], more: Partial<SpanFacts> = {}) {
  const times = { startTime: T0, endTime: T0 + 1_000 };
  return { traceId: TRACE, spanId: id(spanId), parentId: parentId && id(parentId), attributes, ...times, ...more };
}

const chat = (model: string, ended = true) => ({
  [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
  [ATTR_GEN_AI_REQUEST_MODEL]: model,
  ...(ended && { [ATTR_GEN_AI_RESPONSE_FINISH_REASONS]: ['stop'] }),
});

const RUN = spanOf('1', '', {
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize',
  [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'served',
});
const ATTEMPT = spanOf('2', '1', attempt('claude', 'fallback', 'success'));
/** Our own instrumentation's, of a call that belongs to no chain. */
const OWN = spanOf('2', '1', { ...chat('claude-haiku'), [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' });
const CALL = spanOf('3', '2', chat('claude-haiku'));
const FAILED = spanOf('4', '2', chat('claude-haiku', false), { statusCode: 2 });
const SERVER = spanOf('1', '', {});

/** Every order of the spans, each in one batch and in a batch a span. */
function* arrangements(spans: readonly SpanFacts[]): Generator<readonly (readonly SpanFacts[])[]> {
  for (const order of permutations(spans)) {
    yield [order];
    yield order.map((span) => [span]);
  }
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest): readonly T[] => [item, ...rest]),
  );
}

async function sent(batches: readonly (readonly SpanFacts[])[], world: World): Promise<World> {
  for (const batch of batches) await world.send(T0 + 2_000, ...batch);
  await world.rest();
  return world;
}

function ends(world: World): readonly string[] {
  return world
    .points(METRIC_LLM_FALLBACK_CALLS)
    .flatMap((point) => ('value' in point && point.value > 0 ? [point] : []))
    .map(({ attributes, value }) =>
      [attributes[ATTR_LLM_FALLBACK_TARGET_NAME], attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME], value].join(' '),
    );
}

describe('a call of another instrumentation is neither counted nor listed', () => {
  it.each<[string, readonly SpanFacts[]]>([
    ['right below an attempt of a chain', [RUN, ATTEMPT, CALL]],
    ['that failed right below an attempt which ended well', [RUN, ATTEMPT, FAILED, CALL]],
    [
      'below a span of its own within the attempt',
      [RUN, ATTEMPT, spanOf('5', '2', {}), { ...CALL, parentId: id('5') }],
    ],
    [
      'below our own call within the attempt',
      [
        ATTEMPT,
        spanOf('5', '2', { ...chat('claude-haiku'), [ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID]: id('2') }),
        { ...CALL, parentId: id('5') },
      ],
    ],
    [
      'below an attempt that anyone emits',
      [spanOf('2', '', { ...attempt('claude', 'fallback', ''), ...chat('claude-haiku') }), CALL].map((each) => {
        const { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: _, ...attributes } = each.attributes;
        return { ...each, attributes };
      }),
    ],
  ])('%s', async (_, spans) => {
    for (const batches of arrangements(spans)) {
      const world = await sent(batches, await start());
      expect(ends(world)).toEqual(['claude success 1']);
      expect(world.snapshot().unassigned).toEqual([]);
      expect(world.target('claude').state).toBe('fresh');
    }
  });

  it('right below the span of a chain’s run', async () => {
    for (const batches of arrangements([RUN, { ...CALL, parentId: id('1') }])) {
      expect((await sent(batches, await start())).snapshot().unassigned).toEqual([]);
    }
  });

  it.each<[string, readonly SpanFacts[]]>([
    ['below our own call', [SERVER, OWN, CALL]],
    ['around our own call', [SERVER, spanOf('5', '1', chat('claude-haiku')), { ...OWN, parentId: id('5') }]],
  ])('%s of no chain', async (_, spans) => {
    for (const batches of arrangements(spans)) {
      const world = await sent(batches, await start());
      expect(world.snapshot().unassigned.map(({ requestModel, calls }) => `${requestModel} ${calls}`)).toEqual([
        'claude-haiku 1',
      ]);
    }
  });

  it('where the configuration would assign it, and the batch has both', async () => {
    const policies = { defaults: policy(), chains: [policy({ name: 'other' })] };
    for (const order of permutations([RUN, ATTEMPT, CALL, FAILED])) {
      const world = await sent([order], await start({ policies }));
      expect(ends(world)).toEqual(['claude success 1']);
      expect(world.snapshot().targets.find(({ chain, rank }) => chain === 'other' && rank === 1)?.state).toBe(
        'never_exercised',
      );
    }
  });
});

describe('a call that a rule claims for the target of the attempt above it', () => {
  const policies = { defaults: policy(), chains: [policy()] };

  it('counts once, in whatever order and batches the two come', async () => {
    for (const batches of arrangements([RUN, ATTEMPT, CALL])) {
      const world = await sent(batches, await start({ policies }));
      expect(ends(world)).toEqual(['claude success 1']);
      expect(world.target('claude').state).toBe('fresh');
    }
  });

  it('does not hide how the attempt ended', async () => {
    const denied = { ...ATTEMPT, endTime: T0 + 1_200, attributes: attempt('claude', 'fallback', 'schema_invalid') };
    const world = await sent([[CALL], [RUN, denied]], await start({ policies }));
    expect(world.target('claude').state).toBe('failing');
  });

  it('leaves the next attempt to itself, and that of another target', async () => {
    const next = { ...ATTEMPT, spanId: id('6'), endTime: T0 + 1_500 };
    const other = { ...ATTEMPT, attributes: attempt('rules', 'heuristic', 'success') };
    const world = await sent([[CALL], [other, next]], await start({ policies }));
    expect(ends(world).toSorted()).toEqual(['claude success 2', 'rules success 1']);
  });
});

describe('a call of another instrumentation is one of its own', () => {
  it.each<[string, SpanFacts]>([
    ['beside an attempt', { ...CALL, parentId: id('1') }],
    ['in another trace', { ...CALL, traceId: 'c'.repeat(32) }],
  ])('%s', async (_, call) => {
    for (const batches of arrangements([SERVER, ATTEMPT, call])) {
      expect((await sent(batches, await start())).snapshot().unassigned).toHaveLength(1);
    }
  });
});
