import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { RUNBOOKS } from './runbooks-text.ts';

it('is the text of the examples', () => {
  const text = readFileSync(new URL('../../../../examples/prometheus/runbooks.md', import.meta.url), 'utf8');
  expect(RUNBOOKS, 'run `npm run generate`').toBe(text);
});
