import { describe, expect, it } from 'vitest';
import { patternCost } from './pattern-cost.ts';

/** What one check may cost, as the instrumentation has it. */
const AFFORDABLE = 10_000_000;

describe('a pattern of an ordinary schema is affordable', () => {
  it.each([
    ['^[A-Z]{3}-[0-9]{1,6}$', 4_000],
    ['^\\d{4}-\\d{2}-\\d{2}$', 100_000],
    ['^[a-z0-9-]+$', 100_000],
    ['^(low|medium|high)$', 2_000],
    ['^[^@\\s]+@[^@\\s]+$', 500],
    ['^https?://', 100_000],
    ['^#(?:[0-9a-f]{3}){1}$', 1_000],
    ['\\S', 10_000],
  ])('%s on %i characters', (pattern, length) => {
    expect(patternCost(pattern, length)).toBeLessThan(AFFORDABLE);
  });
});

describe('a pattern that can hold the event loop is not', () => {
  it.each([
    ['^(a+)+$', 30],
    ['^(a|a)*$', 30],
    ['(a|aa)+$', 30],
    ['^(\\w+\\s?)*$', 30],
    ['^([a-zA-Z0-9]+)*$', 30],
    ['^(.*)*$', 30],
    ['^((a{1,30}){1,30})$', 30],
    ['(x+x+)+y', 30],
    ['(?:a?){30}a{30}', 30],
    ['^(a*)\\1$', 30],
    ['a*a*a*a*b', 1_000],
    ['.*b', 100_000],
    [`^${'a?'.repeat(30)}$`, 30],
    ['a'.repeat(2_000), 1],
    ['^(?<n>a+)+$', 30],
    ['^(?:(?:a+))+$', 30],
  ])('%s on %i characters', (pattern, length) => {
    expect(patternCost(pattern, length)).toBeGreaterThan(AFFORDABLE);
  });
});
