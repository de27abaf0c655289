import { describe, expect, it } from 'vitest';
import { DEFAULTS, policy, SHOP } from '../testdata/world.ts';
import { createPolicyIndex } from './policies.ts';

const shop = { ...SHOP, namespace: 'eu', environment: 'prod' };
const { policies, chain, target } = createPolicyIndex({
  defaults: { ...DEFAULTS, maxAge: 1 },
  chains: [
    policy({ maxAge: 2 }),
    policy({ maxAge: 3, environment: 'prod' }),
    policy({ maxAge: 4, environment: 'prod', service: 'shop' }),
    policy({ maxAge: 5, namespace: 'eu', environment: 'prod' }),
    policy({ maxAge: 6, namespace: 'us', service: 'shop', environment: 'prod' }),
  ],
});

describe('the policy of a chain', () => {
  it.each([
    ['of the most selectors that all match, and the first of equals', shop, 4],
    ['of another namespace', { ...shop, namespace: 'us' }, 6],
    ['where only namespace and environment match', { ...shop, name: 'desk' }, 5],
    ['where only the environment matches', { ...shop, namespace: '', name: 'desk' }, 3],
    ['without selectors, for any service', { ...shop, environment: 'test' }, 2],
  ])('is the one %s', (_, service, maxAge) => {
    expect(chain(service, 'summarize')?.maxAge).toBe(maxAge);
  });

  it('is the defaults where none is configured, and its own where a target has none', () => {
    expect(chain(shop, 'another')).toBeUndefined();
    expect(target(shop, 'another', 'gpt')).toBe(policies.defaults);
    expect(target(shop, 'summarize', 'unlisted').maxAge).toBe(4);
    expect(target(shop, 'summarize', 'last')).toMatchObject({ maxCacheAge: 60 });
  });
});
