import { expect, it } from 'vitest';
import { createUnknownWords } from './unknown-words.ts';

it('counts by table, and lists the words met last first', () => {
  const unknown = createUnknownWords();
  unknown.note('operation', 'paint');
  unknown.note('finish_reason', 'moon');
  unknown.note('operation', 'paint');
  expect(unknown.counts).toMatchObject({ operation: 2, finish_reason: 1, outcome: 0 });
  expect(unknown.list()).toEqual([
    { table: 'operation', word: 'paint', count: 2 },
    { table: 'finish_reason', word: 'moon', count: 1 },
  ]);
});

it('keeps fifty words of bounded length, and goes on counting', () => {
  const unknown = createUnknownWords();
  for (let each = 0; each < 60; each++) unknown.note('operation', `${each}`.padEnd(500, 'x'));
  expect(unknown.list()).toHaveLength(50);
  expect(unknown.list()[0]?.word).toHaveLength(64);
  expect(unknown.counts.operation).toBe(60);
});
