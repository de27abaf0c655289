/** Shadow runs of `chain()`: beside the user's path, never in its way. */
import { ATTR_LLM_FALLBACK_CALL_OUTCOME, ATTR_LLM_FALLBACK_EXERCISE_KIND } from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { chain } from '../api/chain.ts';
import { drill } from '../drill/drill.ts';
import type { ShadowOptions } from './types.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => {
  recorded.close();
  vi.unstubAllEnvs();
});

let chains = 0;

function shadowed(
  shadow: ShadowOptions,
  fallback: (input: number) => unknown = () => ({ a: 'claude' }),
  primary = () => ({ a: 'gpt' }),
) {
  const name = `shadowed ${++chains}`;
  const ask = chain(name, {
    schema: z.object({ a: z.string() }),
    shadow,
    targets: [
      { name: 'gpt', type: 'primary', run: (_: number) => primary() },
      { name: 'claude', type: 'fallback', run: fallback },
      { name: 'rules', type: 'heuristic', run: () => ({ a: 'ruled' }) },
    ],
  });
  const shadows = () =>
    recorded.spans.filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_EXERCISE_KIND] === 'shadow');
  return { name, ask, shadows };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
};

describe('a shadow run', () => {
  it('asks the fallback with the same input once the user has the answer', async () => {
    const inputs: number[] = [];
    const it = shadowed({ share: 1 }, (input) => {
      inputs.push(input);
      return { a: 'claude' };
    });
    await expect(it.ask(7)).resolves.toEqual({ a: 'gpt' });
    expect(inputs).toEqual([]);
    await turns();
    expect(inputs).toEqual([7]);
    expect(it.shadows().map((span) => [span.name, span.attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]])).toEqual([
      [`${it.name} claude`, 'success'],
    ]);
  });

  it('judges the answer, and keeps its failures to itself', async () => {
    const wrong = shadowed({ share: 1 }, () => ({ b: 1 }));
    await wrong.ask(1);
    const down = shadowed({ share: 1 }, () => Promise.reject(new Error('down')));
    await down.ask(1);
    await turns();
    expect(wrong.shadows().map(({ attributes }) => attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME])).toEqual([
      'schema_invalid',
      'error',
    ]);
  });

  it('is as many at once as allowed, and never holds up anybody', async () => {
    let running = 0;
    const it = shadowed({ share: 1, maxConcurrent: 3 }, () => {
      running += 1;
      return new Promise(() => {});
    });
    await Promise.all(Array.from({ length: 20 }, (_, index) => it.ask(index)));
    await turns();
    expect(running).toBe(3);
  });

  it.each([
    ['a share of none', { share: 0 }],
    ['no budget', { share: 1, budget: '0 USD/day' }],
  ])('does not happen with %s', async (_, options) => {
    const it = shadowed(options);
    await it.ask(1);
    await turns();
    expect(it.shadows()).toEqual([]);
  });

  it('does not happen after a fallback served, in a drill, or where drills are off', async () => {
    const it = shadowed({ share: 1 });
    await drill({ chain: it.name }, () => it.ask(1));
    vi.stubEnv('WARMSPARE_DRILLS', 'off');
    await it.ask(1);
    await turns();
    expect(it.shadows()).toEqual([]);
  });

  it('takes its targets in turn', async () => {
    const it = shadowed({ share: 1, targets: ['claude', 'rules'] });
    await it.ask(1);
    await turns();
    await it.ask(1);
    await turns();
    expect(it.shadows().map(({ name }) => name)).toEqual([`${it.name} claude`, `${it.name} rules`]);
  });

  it.each([
    [{ share: 2 }],
    [{ share: 1, targets: ['gpt'] }],
    [{ share: 1, targets: ['mistral'] }],
    [{ share: 1, maxConcurrent: 0 }],
  ])('is refused at definition: %j', (options) => expect(() => shadowed(options)).toThrow(TypeError));
});
