import { expect, test } from 'vitest';
import { sameModel } from './same-model.ts';

test.each([
  ['gpt-5', 'gpt-5-2025-08-07'],
  ['openai/gpt-5', 'gpt-5'],
  ['claude-haiku-4.5', 'anthropic/claude-haiku-4-5-20251001'],
  ['claude-haiku-4-5', 'claude-haiku-4-5@20251001'],
  ['us.anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5'],
  ['claude-3-7-sonnet-latest', 'claude-3-7-sonnet-20250219'],
  ['deepseek/deepseek-r1:free', 'deepseek-r1'],
  ['GPT-5', 'gpt-5'],
])('%s and %s are one model', (a, b) => {
  expect(sameModel(a, b)).toBe(true);
  expect(sameModel(b, a)).toBe(true);
});

test.each([
  ['gpt-5', 'gpt-5-mini'],
  ['gpt-4.1', 'gpt-4'],
  ['claude-haiku-4-5', 'claude-sonnet-4-5'],
  ['gpt-5', 'o5'],
])('%s and %s are two', (a, b) => {
  expect(sameModel(a, b)).toBe(false);
});
