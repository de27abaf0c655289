import {
  ATTR_GEN_AI_PROMPT_VERSION,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_LLM_FALLBACK_CONTRACT_PART,
  ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  METRIC_LLM_FALLBACK_CONTRACT_DRIFT,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { attempt, HOUR, start, T0, value, type World } from '../testdata/world.ts';
import { REVISIONS_PER_PART } from './contract.ts';

const MINUTE = 60_000;
const primary = (model: string, outcome = 'success') =>
  attempt('gpt', 'primary', outcome, { [ATTR_GEN_AI_REQUEST_MODEL]: model });
const prompted = (prompt: string) =>
  attempt('gpt', 'primary', 'success', { [ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT]: prompt });
const claude = attempt('claude', 'fallback', 'success');

/** The attributes of one span a minute, in their order. */
async function told(...minutes: readonly (typeof claude)[]): Promise<World> {
  const world = await start();
  for (const [minute, attributes] of minutes.entries()) {
    const at = T0 + minute * MINUTE;
    await world.send(at, { attributes, endTime: at });
  }
  return world;
}

const drift = (world: World, part = 'model', target = 'claude') =>
  world
    .target(target)
    .drift.find((each) => each.part === part)
    ?.revisions.map(({ revision }) => revision);
const part = (world: World, name: string) => world.snapshot().chains[0]?.contract.find((each) => each.part === name);

describe('contract drift', () => {
  it('counts the revisions of the primary since the last success, newest first', async () => {
    const world = await told(primary('a'), claude, primary('a'), primary('b'), primary('c'));
    expect(drift(world)).toEqual(['c', 'b']);
    expect(
      value(world.points(METRIC_LLM_FALLBACK_CONTRACT_DRIFT), { [ATTR_LLM_FALLBACK_CONTRACT_PART]: 'model' }),
    ).toBe(2);
  });

  it('ends with the next success', async () => {
    expect(drift(await told(primary('a'), claude, primary('b'), claude))).toEqual([]);
  });

  it('of a change and its revert is one', async () => {
    expect(drift(await told(primary('a'), claude, primary('b'), primary('a')))).toEqual(['b']);
  });

  it('of a rollback after the last success is one: the revision that came back was not in force', async () => {
    expect(drift(await told(primary('a'), primary('b'), claude, primary('b'), primary('a')))).toEqual(['a']);
  });

  it('of a rolling deploy counts the older revision while it is still seen, until the next success without it', async () => {
    const rolling = [primary('a'), primary('b'), primary('a'), claude, primary('a'), primary('b')];
    expect(drift(await told(...rolling))).toEqual(['a']);
    expect(drift(await told(...rolling, claude, primary('b')))).toEqual([]);
  });

  it('counts from the declaration while there was no success, and the first revision is none', async () => {
    expect(drift(await told(primary('a'), primary('a')))).toEqual([]);
    expect(drift(await told(primary('a'), primary('b')))).toEqual(['b']);
  });

  it('after a revert that the target worked under is none', async () => {
    expect(drift(await told(primary('a'), primary('b'), primary('a'), claude, primary('a')))).toEqual([]);
  });

  it('has the revision first seen latest for the current one, so that a rolling deploy flips once, until it was rolled back', async () => {
    const world = await told(primary('a'), primary('b'), primary('a'), primary('b'), primary('a'));
    expect(part(world, 'model')?.current).toBe('b');
    const later = T0 + 2 * HOUR;
    await world.send(later, { attributes: primary('a'), endTime: later });
    expect(part(world, 'model')?.current).toBe('a');
  });

  it('is told by part: model, prompt, schema; only those that the primary shows', async () => {
    const world = await told(
      attempt('gpt', 'primary', 'success', {
        [ATTR_GEN_AI_REQUEST_MODEL]: 'a',
        [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: '1',
      }),
      claude,
      attempt('gpt', 'primary', 'success', {
        [ATTR_GEN_AI_REQUEST_MODEL]: 'a',
        [ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT]: '2',
      }),
    );
    expect([drift(world, 'model'), drift(world, 'schema'), drift(world, 'prompt')]).toEqual([[], ['2'], undefined]);
  });

  it('takes the prompt version over the fingerprint, and the model that answered over the one asked for', async () => {
    const world = await told(
      attempt('gpt', 'primary', 'success', {
        [ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT]: 'f',
        [ATTR_GEN_AI_PROMPT_VERSION]: 'v7',
        [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5',
        [ATTR_GEN_AI_RESPONSE_MODEL]: 'gpt-5-2026-01-01',
      }),
    );
    expect([part(world, 'prompt')?.current, part(world, 'model')?.current]).toEqual(['v7', 'gpt-5-2026-01-01']);
  });

  it('does not take a model that never answered for a revision', async () => {
    expect(drift(await told(primary('a'), claude, primary('b', 'error')))).toEqual([]);
  });

  it('has none on the primary', async () => {
    expect(drift(await told(primary('a'), primary('b')), 'model', 'gpt')).toBeUndefined();
  });
});

describe('a history longer than is kept', () => {
  it('makes the drift a lower bound, and says so', async () => {
    const deploys = Array.from({ length: REVISIONS_PER_PART + 8 }, (_, index) => `m${index}`);
    const world = await told(
      primary('before'),
      claude,
      ...deploys.flatMap((model) => [primary(model), primary(model)]),
    );
    expect(drift(world)).toHaveLength(REVISIONS_PER_PART);
    expect(world.target('claude').drift[0]?.atLeast).toBe(true);
    expect(part(world, 'model')?.forgottenAt).toBe(T0 + (2 + 2 * 7 + 1) * MINUTE);
  });

  it('leaves the drift exact where what left was seen before the last success', async () => {
    const deploys = Array.from({ length: REVISIONS_PER_PART + 8 }, (_, index) => `m${index}`);
    const lived = deploys.flatMap((model) => [primary(model), primary(model)]);
    const world = await told(...lived, claude, primary('last'));
    expect(drift(world)).toEqual(['last']);
    expect(world.target('claude').drift[0]?.atLeast).toBeUndefined();
  });
});

describe('a part that changes on most calls', () => {
  const unstable = Array.from({ length: 20 }, (_, index) => prompted(`p${index}`));

  it('is left out, visibly', async () => {
    const world = await told(claude, ...unstable);
    expect(part(world, 'prompt')?.unstable).toBe(true);
    expect(drift(world, 'prompt')).toBeUndefined();
    expect(world.points(METRIC_LLM_FALLBACK_CONTRACT_DRIFT)).toEqual([]);
  });

  it('is one whose revisions take turns, too', async () => {
    const turns = Array.from({ length: 90 }, (_, index) => prompted(['english', 'german', 'french'][index % 3] ?? ''));
    const world = await told(claude, ...turns);
    expect(part(world, 'prompt')?.unstable).toBe(true);
    const later = T0 + 5 * HOUR;
    await world.send(later, { attributes: prompted('english'), endTime: later });
    expect(part(world, 'prompt')?.unstable).toBe(false);
  });

  it('is not one that was rolled out slowly, nor one that was rolled back', async () => {
    const slow = Array.from({ length: 90 }, (_, index) => prompted(index % 2 === 0 ? 'old' : 'new'));
    expect(part(await told(...slow), 'prompt')?.unstable).toBe(false);
    const back = ['a', 'b', 'a'].flatMap((prompt) => Array.from({ length: 70 }, () => prompted(prompt)));
    expect(part(await told(...back), 'prompt')?.unstable).toBe(false);
  });

  it('is stable again once one revision stays', async () => {
    const world = await told(claude, ...unstable, ...Array.from({ length: 12 }, () => prompted('new')));
    expect(part(world, 'prompt')?.unstable).toBe(false);
  });

  it('is not one that changed a few times', async () => {
    const world = await told(...['a', 'a', 'b', 'b', 'c', 'd', 'd'].map(prompted));
    expect(part(world, 'prompt')?.unstable).toBe(false);
  });

  it('never keeps more than so many revisions', async () => {
    const world = await start();
    const many = Array.from({ length: 500 }, (_, index) => ({
      attributes: prompted(`p${index}`),
      endTime: T0 + index,
    }));
    await world.send(T0 + 500, ...many);
    await world.send(
      T0 + 1000,
      ...many.map((span, index) => ({ ...span, attributes: prompted(`q${index}`), endTime: T0 + 500 + index })),
    );
    expect(part(world, 'prompt')?.revisions).toHaveLength(REVISIONS_PER_PART);
    expect(part(world, 'prompt')?.current).toBe('q499');
  });
});
