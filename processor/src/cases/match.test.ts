/** Cases of the rules that assign calls: which target has the credit, by test/fixtures/cases. */
import { describe, expect, it } from 'vitest';
import { replay } from '../testdata/cases.ts';

describe('a dated name', () => {
  it('is the primary that it was asked as, though the glob of a fallback fits it', async () => {
    const world = await replay(['otlp/served-gpt-4o-2024-08-06.json'], { config: 'config/snapshots.yaml' });
    await world.rest();
    expect(world.target('gpt-4o').lastSuccess).toBe(world.target('gpt-4o').lastAttempt);
    expect(world.target('gpt-4o-mini').state).toBe('never_exercised');
  });
});
