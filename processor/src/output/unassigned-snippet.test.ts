/** The start for `chains:` that calls of no known chain get: it passes `check-config` whatever they are called, and claims them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPolicyIndex } from '../classify/policies.ts';
import { parseConfig } from '../config/config.ts';
import type { UnassignedSnapshot } from '../types/snapshot.ts';
import { row } from './testdata/snapshots.ts';
import { unassignedSnippet } from './unassigned-snippet.ts';

const service = { namespace: 'acme', name: 'support-api', environment: 'prod' };
const call = (requestModel: string | undefined, calls = 1, more: Partial<UnassignedSnapshot> = {}) => ({
  service,
  provider: 'openai',
  requestModel,
  calls,
  lastSeen: 1,
  ...more,
});

function policiesOf(yaml: string) {
  const parsed = parseConfig(yaml, {});
  expect(parsed.problems ?? []).toEqual([]);
  if (parsed.problems) throw new Error('the snippet has problems');
  return parsed.config.policies;
}

const rungs = (yaml: string) =>
  policiesOf(yaml).chains.map(({ targets }) =>
    targets.map(({ name, type, match }) => [name, type, match?.['gen_ai.request.model']]),
  );

describe('the snippet', () => {
  it('lists the models of a service by calls, the one called most as the primary', () => {
    expect(unassignedSnippet([call('claude-haiku-4-5', 2), call('gpt-5', 7)])).toBe(`chains:
  - name: support-api-chain
    namespace: acme
    service: support-api
    environment: prod
    targets:
      - name: gpt-5
        type: primary
        match:
          gen_ai.request.model: gpt-5
      - name: claude-haiku-4-5
        type: fallback
        match:
          gen_ai.request.model: claude-haiku-4-5
`);
  });

  it('takes an alias and its snapshots for one model', () => {
    const yaml = unassignedSnippet([call('gpt-5-2025-08-07', 5), call('claude-haiku-4-5', 3), call('gpt-5', 1)]);
    expect(rungs(yaml)).toEqual([
      [
        ['gpt-5', 'primary', 'gpt-5*'],
        ['claude-haiku-4-5', 'fallback', 'claude-haiku-4-5'],
      ],
    ]);
  });

  it('matches no other model with them', () => {
    const yaml = unassignedSnippet([call('gpt-5-2025-08-07', 5), call('gpt-5', 3), call('gpt-5-mini', 1)]);
    expect(rungs(yaml)[0]?.map(([, , match]) => match)).toEqual(['gpt-5', 'gpt-5-mini']);
  });

  it('has the order that traces showed', () => {
    const inferred = { service, inferred: true };
    const targets = [
      row('inferred:o3', 'o3', undefined, { ...inferred, rank: 0 }),
      row('inferred:o3', 'gpt-5', 'fresh', inferred),
    ];
    const yaml = unassignedSnippet([call('sonar', 9), call('gpt-5', 7), call('o3', 1)], targets);
    expect(rungs(yaml)[0]?.map(([name]) => name)).toEqual(['o3', 'gpt-5', 'sonar']);
  });

  it('puts a model that failed before the one that may have stood in for it, and says so', () => {
    const unassigned = [call('gpt-5', 9), { ...call('sonar', 8), insteadOf: 'gpt-5-nano' }, call('gpt-5-nano', 1)];
    const yaml = unassignedSnippet(unassigned);
    expect(rungs(yaml)[0]?.map(([name]) => name)).toEqual(['gpt-5-nano', 'sonar', 'gpt-5']);
    expect(yaml.split('\n')[0]).toBe(
      '# Possible fallback: "sonar" answered in place of "gpt-5-nano"; whether it did the same job is not known.',
    );
  });

  it('leaves a place for the fallback of a model that stands alone', () => {
    expect(rungs(unassignedSnippet([call('gpt-5')]))).toEqual([
      [
        ['gpt-5', 'primary', 'gpt-5'],
        ['its-fallback', 'fallback', undefined],
      ],
    ]);
  });

  it('says so where no call names a model', () => {
    expect(unassignedSnippet([call(undefined), call('  ')])).toBe('# No unassigned call names a model.\n');
  });

  it('passes check-config and claims what it lists, whatever models and services are called', () => {
    const wild = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('${env:HOME}', '$$', 'a*', '?', 'no', '1', 'gpt-5', 'gpt-5-2025-08-07', 'x: y', '# z', ' '),
    );
    const calls = fc.record({
      service: fc.record({ namespace: wild, name: wild, environment: fc.constantFrom('', 'prod') }),
      provider: fc.constant(undefined),
      requestModel: fc.option(wild, { nil: undefined }),
      calls: fc.nat(9),
      lastSeen: fc.constant(1),
      insteadOf: fc.option(wild, { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(calls, { maxLength: 12 }), (unassigned) => {
        const policies = policiesOf(unassignedSnippet(unassigned));
        const index = createPolicyIndex(policies);
        const listed = policies.chains.flatMap(({ targets }) => targets.map(({ name }) => name));
        for (const { service: of, requestModel = '' } of unassigned) {
          if (listed.includes(requestModel) && requestModel !== 'its-fallback') {
            const own = policies.chains.some(
              (chain) => index.chain(of, chain.name) && chain.targets.some(({ name }) => name === requestModel),
            );
            if (own) expect(index.claims(of, requestModel)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
