/** Cases of words: how a call ended by the words of whoever recorded it, and which spans are calls at all. */
import {
  ATTR_GEN_AI_TOKEN_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { replay } from '../testdata/cases.ts';
import { value, type World } from '../testdata/world.ts';

const WORDS = { config: 'config/words.yaml' };

/** How many calls of the fallback ended in each way. */
function ends(world: World, target = 'f'): Readonly<Record<string, number>> {
  const own = world
    .points(METRIC_LLM_FALLBACK_CALLS)
    .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_TARGET_NAME] === target);
  const counts: Record<string, number> = {};
  for (const point of own) {
    const count = 'value' in point ? point.value : 0;
    const outcome = String(point.attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]);
    if (count > 0) counts[outcome] = (counts[outcome] ?? 0) + count;
  }
  return counts;
}

const tokens = (world: World, type: string, target = 'f'): number | undefined =>
  value(world.points(METRIC_LLM_FALLBACK_TOKENS), {
    [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
    [ATTR_GEN_AI_TOKEN_TYPE]: type,
  });

const STATE: Readonly<Record<string, string>> = { success: 'fresh', unknown: 'never_exercised' };

describe('a finish reason says how the call ended', () => {
  it.each([
    ['finish-stop', 'success'],
    ['finish-SAFETY', 'refused'],
    ['finish-safety', 'refused'],
    ['finish-FINISH_REASON_SAFETY', 'refused'],
    ['finish-FinishReason.SAFETY', 'refused'],
    ['finish-RECITATION', 'refused'],
    ['finish-recitation', 'refused'],
    ['finish-BLOCKLIST', 'refused'],
    ['finish-blocklist', 'refused'],
    ['finish-PROHIBITED_CONTENT', 'refused'],
    ['finish-prohibited_content', 'refused'],
    ['finish-IMAGE_SAFETY', 'refused'],
    ['finish-image_safety', 'refused'],
    ['finish-language', 'refused'],
    ['finish-blocked', 'refused'],
    ['finish-FinishReason.MAX_TOKENS', 'truncated'],
    ['finish-max_output_tokens', 'truncated'],
    ['finish-incomplete', 'truncated'],
    ['finish-MALFORMED_FUNCTION_CALL', 'error'],
    ['finish-malformed_function_call', 'error'],
    ['finish-ERROR', 'error'],
    ['finish-error', 'error'],
    ['finish-OTHER', 'unknown'],
    ['finish-other', 'unknown'],
    ['finish-unknown', 'unknown'],
    ['ai-finish-error', 'error'],
    ['ai-finish-length', 'truncated'],
    ['ai-finish-content-filter', 'refused'],
    ['ai-finish-other', 'unknown'],
    ['ai-finish-unknown', 'unknown'],
  ])('%s: %s', async (name, outcome) => {
    const world = await replay([`otlp/${name}.json`], WORDS);
    await world.rest();
    expect(ends(world)).toEqual({ [outcome]: 1 });
    expect(world.target('f').state).toBe(STATE[outcome] ?? 'failing');
  });

  it('whatever exception was caught on the way: unset-exception-event, status-ok-exception-event', async () => {
    for (const name of ['unset-exception-event', 'status-ok-exception-event']) {
      const world = await replay([`otlp/${name}.json`], WORDS);
      expect([name, ends(world), world.target('f').state]).toEqual([name, { success: 1 }, 'fresh']);
    }
  });

  it('also where a stream broke after its first chunk and the status is unset: ai6-broken-streams', async () => {
    const world = await replay(['otlp/ai6-broken-streams.otlp.json'], WORDS);
    await world.rest();
    expect(ends(world)).toEqual({ success: 2, error: 2, unknown: 2 });
  });
});

describe('an operation says whether a span is a call', () => {
  it.each(['op-fetch_response', 'op-update_memory', 'op-create_memory_store', 'op-invoke_workflow'])(
    '%s runs no inference',
    async (name) => {
      const world = await replay([`otlp/${name}.json`], WORDS);
      await world.rest();
      expect(ends(world)).toEqual({});
      expect(world.snapshot().targets.map(({ state }) => state)).toEqual([undefined, 'never_exercised']);
      expect(world.snapshot().unassigned).toEqual([]);
    },
  );

  it('a chat is one: op-chat', async () => {
    const world = await replay(['otlp/op-chat.json'], WORDS);
    expect(ends(world)).toEqual({ success: 1 });
    expect(world.target('f').state).toBe('fresh');
  });
});

describe('Spring AI', () => {
  it('writes counts of tokens as text: spring-string-tokens', async () => {
    const world = await replay(['otlp/spring-string-tokens.json'], WORDS);
    expect([tokens(world, 'input'), tokens(world, 'output')]).toEqual([120, 7]);
    expect(ends(world)).toEqual({ success: 1 });
  });

  it('puts framework spans around a call, which are no calls and not listed: spring', async () => {
    const world = await replay(['otlp/spring.json'], { config: 'config/health-checks.yaml' });
    await world.rest();
    expect([tokens(world, 'input'), tokens(world, 'output')]).toEqual([120, 7]);
    expect(ends(world)).toEqual({ success: 1 });
    expect(world.snapshot().unassigned).toEqual([]);
  });
});

it('a cache that had nothing is counted as a miss, and moves no state: cache-miss', async () => {
  const world = await replay(['otlp/cache-miss.json']);
  expect(ends(world, 'last-answer')).toEqual({ miss: 1 });
  expect(world.target('last-answer').state).toBe('never_exercised');
});
