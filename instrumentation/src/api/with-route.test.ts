import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { routeAttributes } from '../call/route-attributes.ts';
import { activeAttempt } from '../call/scope.ts';
import { declareChain } from './declare.ts';
import { withRoute } from './with-route.ts';

describe('a route', () => {
  it('is the scope of the calls inside, and theirs is the attempt', () => {
    const scope = withRoute({ chain: 'undeclared', target: 'claude', type: 'fallback' }, () => activeAttempt());
    expect(scope).toMatchObject({
      chain: 'undeclared',
      target: 'claude',
      routeType: 'fallback',
      routeSource: 'explicit',
      carriesOutcome: 'leaf',
      targetNames: undefined,
      rank: undefined,
    });
    expect(activeAttempt()).toBeUndefined();
  });

  it('announces the targets of a declared chain and knows the rank', () => {
    declareChain({
      name: 'routed',
      targets: [
        { name: 'gpt', type: 'primary' },
        { name: 'claude', type: 'fallback' },
      ],
    });
    const scope = withRoute({ chain: 'routed', target: 'claude', type: 'fallback' }, () => activeAttempt());
    expect(scope).toMatchObject({ targetNames: ['gpt', 'claude'], targetTypes: ['primary', 'fallback'], rank: 1 });
  });

  it('says why it was taken, from the error', () => {
    const error = Object.assign(new Error('x'), { status: 429 });
    const scope = withRoute({ type: 'fallback', error, failoverDuration: 2, kind: 'shadow' }, () => activeAttempt());
    expect(scope).toMatchObject({
      triggerReason: 'rate_limit',
      primaryErrorType: '429',
      failoverDuration: 2,
      exerciseKind: 'shadow',
    });
  });

  it('says nothing of that on the primary, and nothing that it does not know', () => {
    const scope = withRoute({ type: 'primary', error: new Error('x'), kind: 'drill' }, () => activeAttempt());
    expect(scope && Object.keys(routeAttributes(scope)).toSorted()).toEqual([
      'llm_fallback.route.source',
      'llm_fallback.route.type',
      'llm_fallback.target.rank',
    ]);
  });

  it('carries a schema for the calls to be held against', () => {
    const scope = withRoute({ type: 'fallback', schema: z.object({ a: z.string() }) }, () => activeAttempt());
    expect(scope?.schema?.jsonSchema).toMatchObject({ type: 'object', required: ['a'] });
    expect(scope?.schema?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it('holds across awaits, and the innermost counts', async () => {
    const seen = await withRoute({ type: 'fallback' }, async () => {
      await Promise.resolve();
      const inner = withRoute({ type: 'cache' }, () => activeAttempt()?.routeType);
      return [inner, activeAttempt()?.routeType];
    });
    expect(seen).toEqual(['cache', 'fallback']);
  });

  it('hands on what the function returns or throws', () => {
    const value = {};
    expect(withRoute({ type: 'primary' }, () => value)).toBe(value);
    expect(() =>
      withRoute({ type: 'primary' }, () => {
        throw new RangeError('mine');
      }),
    ).toThrow(RangeError);
  });
});
