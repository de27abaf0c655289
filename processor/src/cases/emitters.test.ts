/** Anyone may emit: what makes a span an attempt, and what of it is believed. */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  CALL_OUTCOMES,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_COST,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { replay } from '../testdata/cases.ts';
import { start, T0, value, type World } from '../testdata/world.ts';

type SpanFacts = Parameters<World['send']>[1];
type Attributes = SpanFacts['attributes'];

const MINIMAL = {
  [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'tickets',
  [ATTR_LLM_FALLBACK_TARGET_NAME]: 'backup',
  [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
};
const STOP = { [ATTR_GEN_AI_RESPONSE_FINISH_REASONS]: ['stop'] };
const SUCCESS = { ...MINIMAL, [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' };
const CHAT = { [ATTR_GEN_AI_OPERATION_NAME]: 'chat', [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5' };

async function sent(attributes: Attributes, more: Partial<SpanFacts> = {}): Promise<World> {
  const world = await start();
  await world.send(T0, { endTime: T0, ...more, attributes });
  await world.rest();
  return world;
}

/** How each call of the target ended, with its kind. */
function ends(world: World): readonly string[] {
  return world
    .points(METRIC_LLM_FALLBACK_CALLS)
    .filter((point) => 'value' in point && point.value > 0)
    .map(
      ({ attributes }) =>
        `${attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]} ${attributes[ATTR_LLM_FALLBACK_EXERCISE_KIND]}`,
    );
}

describe('chain, target and route type make an attempt', () => {
  it('that failed by its error: emitter-error', async () => {
    const world = await replay(['otlp/emitter-error.json']);
    expect(ends(world)).toEqual(['timeout organic']);
    expect(world.target('backup').state).toBe('failing');
  });

  it('that succeeded by its finish reason: emitter-stop', async () => {
    const world = await replay(['otlp/emitter-stop.json']);
    expect(ends(world)).toEqual(['success organic']);
    expect(world.target('backup').state).toBe('fresh');
  });

  it('that is unknown by a finish reason that nobody knows', async () => {
    const world = await sent({ ...MINIMAL, [ATTR_GEN_AI_RESPONSE_FINISH_REASONS]: ['splendid'] });
    expect(ends(world)).toEqual(['unknown organic']);
    expect(world.target('backup').state).toBe('never_exercised');
  });

  it('of any type, where the status says that it ended well', async () => {
    const world = await sent({ ...MINIMAL, [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'heuristic' }, { statusCode: 1 });
    expect(world.target('backup')).toMatchObject({ state: 'fresh', routeType: 'heuristic' });
  });

  it('whose output did not fit, by the validity that the span states', async () => {
    const world = await sent({ ...MINIMAL, ...STOP, [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid' });
    expect(ends(world)).toEqual(['schema_invalid organic']);
  });

  it('whose cost is text', async () => {
    const cost = { [ATTR_LLM_FALLBACK_COST_AMOUNT]: '0.25', [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'EUR' };
    const world = await sent({ ...MINIMAL, ...STOP, ...cost });
    expect(value(world.points(METRIC_LLM_FALLBACK_COST), {})).toBe(0.25);
  });
});

describe('a call inside an attempt is not counted, and not listed', () => {
  const inner = { ...CHAT, ...STOP, [ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID]: '00f067aa0ba902b7' };
  it.each<[string, Attributes]>([
    ['by the id of its attempt', inner],
    ['where it names the route, too', { ...inner, ...MINIMAL }],
    ['where it states an outcome of its own', { ...inner, ...SUCCESS }],
    ['where its attempt has no span', { ...inner, ...MINIMAL, [ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID]: '0'.repeat(16) }],
    ['where it names chain and target only', { ...CHAT, ...STOP, ...MINIMAL, [ATTR_LLM_FALLBACK_ROUTE_TYPE]: '' }],
  ])('%s', async (_, attributes) => {
    const world = await sent(attributes);
    expect(ends(world)).toEqual([]);
    expect(world.snapshot().unassigned).toEqual([]);
  });

  it('but an attempt that names itself is one', async () => {
    const spanId = '00f067aa0ba902b7';
    const world = await sent({ ...SUCCESS, [ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID]: spanId }, { spanId });
    expect(ends(world)).toEqual(['success organic']);
  });
});

describe('a stated success is not believed', () => {
  it('beside an output that did not fit its schema: emitter-success-but-invalid', async () => {
    const world = await replay(['otlp/emitter-success-but-invalid.json']);
    expect(ends(world)).toEqual(['schema_invalid organic']);
    expect(world.target('backup').state).toBe('failing');
  });

  it.each<[string, Attributes, number, string]>([
    ['beside the status of an error', {}, 2, 'error'],
    ['beside the status and type of an error', { [ATTR_ERROR_TYPE]: 'TimeoutError' }, 2, 'timeout'],
    ['beside a status that nobody knows', {}, 3, 'unknown'],
    ['beside a validity that nobody knows', { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'fine' }, 0, 'unknown'],
  ])('%s', async (_, attributes, statusCode, outcome) => {
    const world = await sent({ ...SUCCESS, ...attributes }, { statusCode });
    expect(ends(world)).toEqual([`${outcome} organic`]);
    expect(world.target('backup').lastSuccess).toBeUndefined();
  });

  it('and no other stated outcome is changed, whatever the span says', async () => {
    for (const outcome of CALL_OUTCOMES.filter((each) => each !== 'success')) {
      const world = await sent({ ...SUCCESS, ...STOP, [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome }, { statusCode: 2 });
      expect(ends(world)).toEqual([`${outcome} organic`]);
    }
  });
});

describe('a word that nobody knows moves nothing', () => {
  it.each<[string, string, string]>([
    [ATTR_LLM_FALLBACK_CALL_OUTCOME, 'splendid', 'unknown organic'],
    [ATTR_LLM_FALLBACK_EXERCISE_KIND, 'load_test', 'unknown probe'],
  ])('as %s', async (key, word, end) => {
    const world = await sent({ ...SUCCESS, ...STOP, [key]: word });
    expect(ends(world)).toEqual([end]);
    expect(world.target('backup')).toMatchObject({ state: 'never_exercised', lastSuccess: undefined });
    expect(world.target('backup').assumptions.map(({ state }) => state)).not.toContain('holds');
    expect(world.snapshot().unknownWords.map((each) => each.word)).toEqual([word]);
  });

  it('as the outcome of a chain', async () => {
    const chain = { [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'tickets', [ATTR_LLM_FALLBACK_CHAIN_OUTCOME]: 'splendid' };
    expect((await sent(chain)).snapshot().unknownWords.map(({ word }) => word)).toEqual(['splendid']);
  });

  it('as a route type, and the call is listed', async () => {
    const world = await sent({ ...MINIMAL, ...CHAT, ...STOP, [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'backup' });
    expect(ends(world)).toEqual([]);
    expect(world.snapshot().unassigned.map(({ requestModel }) => requestModel)).toEqual(['gpt-5']);
    expect(world.snapshot().unknownWords).toEqual([{ table: 'route_type', word: 'backup', count: 1 }]);
  });
});

describe('a route that contradicts itself gives no credit, and the call is listed', () => {
  const listed = {
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['main', 'backup'],
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'cache'],
  };
  it.each<[string, Attributes]>([
    ['a fallback of rank 0', { [ATTR_LLM_FALLBACK_TARGET_RANK]: 0 }],
    ['a primary of rank 1', { [ATTR_LLM_FALLBACK_TARGET_RANK]: 1, [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary' }],
    ['a fallback that its own list calls a cache', listed],
  ])('%s', async (_, attributes) => {
    for (const base of [{ ...MINIMAL, ...STOP }, SUCCESS]) {
      const world = await sent({ ...base, ...CHAT, ...attributes });
      expect(ends(world)).toEqual([]);
      expect(world.snapshot().targets.map(({ lastSuccess }) => lastSuccess)).not.toContainEqual(expect.anything());
      expect(world.snapshot().unassigned.map(({ calls }) => calls)).toEqual([1]);
    }
  });

  it('and none where the span states an outcome and no route', async () => {
    const { [ATTR_LLM_FALLBACK_ROUTE_TYPE]: _, ...rest } = SUCCESS;
    const types = { [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'] };
    const world = await sent({ ...rest, ...listed, ...types });
    expect(world.target('backup').state).toBe('never_exercised');
    expect(world.snapshot().unassigned.map(({ calls }) => calls)).toEqual([1]);
  });
});
