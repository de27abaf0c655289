/** Which targets want a drill, in which order, and the command for each. */
import { describe, expect, it } from 'vitest';
import { attempt, DAY, start, T0 } from '../testdata/world.ts';
import { drillCommand, dueTargets } from './due.ts';

const due = async (...spans: readonly [target: string, type: string, outcome: string, at: number][]) => {
  const world = await start();
  const facts = spans.map(([target, type, outcome, endTime]) => ({
    attributes: attempt(target, type, outcome),
    endTime,
  }));
  await world.send(T0, ...facts);
  return dueTargets(world.snapshot());
};

describe('the targets that are due', () => {
  it('are those that never ran, and the first in line comes first', async () => {
    expect(await due(['gpt', 'primary', 'success', T0])).toMatchObject([
      {
        chain: 'summarize',
        target: 'claude',
        state: 'never_exercised',
        service: 'shop',
        namespace: '',
        environment: '',
      },
      { target: 'rules', reason: expect.stringContaining('never exercised') },
    ]);
  });

  it('come with what speaks for a drill, the weightiest first', async () => {
    const [first, ...more] = await due(
      ['gpt', 'primary', 'success', T0],
      ['claude', 'fallback', 'error', T0],
      ['rules', 'heuristic', 'success', T0],
    );
    expect(first).toMatchObject({
      target: 'claude',
      state: 'failing',
      reason: expect.stringMatching(/^its last exercise failed/),
    });
    expect(more.map(({ target }) => target)).not.toContain('rules');
  });

  it('are not those that just worked, but those whose success grows old', async () => {
    const old = await due(['gpt', 'primary', 'success', T0], ['rules', 'heuristic', 'success', T0 - 6 * DAY]);
    expect(old.find(({ target }) => target === 'rules')).toMatchObject({
      state: 'fresh',
      reason: expect.stringContaining('6 days'),
    });
    const young = await due(['gpt', 'primary', 'success', T0], ['rules', 'heuristic', 'success', T0 - DAY]);
    expect(young.map(({ target }) => target)).not.toContain('rules');
  });

  it('never are the primary', async () => {
    const all = await due(['gpt', 'primary', 'error', T0], ['claude', 'fallback', 'success', T0]);
    expect(all.map(({ target }) => target)).not.toContain('gpt');
  });
});

describe('the command', () => {
  it.each([
    [{ chain: 'a', target: 'b' }, 'warmspare drill --chain a --target b'],
    [
      { chain: 'a b', target: "it's", service: 's', environment: '' },
      "warmspare drill --chain 'a b' --target 'it'\\''s' --service s",
    ],
    [{ chain: '$(x)', target: '`y`' }, "warmspare drill --chain '$(x)' --target '`y`'"],
  ])('of %o is %s', (of, command) => expect(drillCommand(of)).toBe(command));
});
