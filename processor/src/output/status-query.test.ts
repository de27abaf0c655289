import { expect, it } from 'vitest';
import { narrow, readStatusQuery } from './status-query.ts';
import { now, row, snapshotOf } from './testdata/snapshots.ts';

const search = { namespace: 'acme', name: 'search', environment: 'staging' };
const chain = { chain: 'c', attributes: {}, contract: [], breakers: [], detection: undefined };
const snapshot = snapshotOf(
  [row('c', 'f', 'fresh'), row('c', 'g', 'stale'), row('c', 'f', 'fresh', { service: search })],
  [],
  {
    chains: [
      { ...chain, service: row('c', 'f', 'fresh').service },
      { ...chain, service: search },
    ],
    unassigned: [{ service: search, provider: undefined, requestModel: 'm', calls: 1, lastSeen: now }],
  },
);
const narrowed = (query: Record<string, string>) => {
  const { chains, targets, unassigned, watermarks } = narrow(snapshot, readStatusQuery(query));
  return {
    targets: targets.map(({ service, target }) => `${service.name} ${target}`),
    chains: chains.length,
    services: watermarks.length,
    unassigned: unassigned.length,
  };
};

it('is the whole snapshot where nothing is asked for', () => {
  expect(narrow(snapshot, readStatusQuery({ service: '', what: 'ever' }))).toBe(snapshot);
});

it.each([
  ['a target', { target: 'f' }, { targets: ['support-api f', 'search f'], chains: 2, services: 1, unassigned: 1 }],
  ['a state', { state: 'stale' }, { targets: ['support-api g'], chains: 2, services: 1, unassigned: 1 }],
  ['a service', { service: 'search' }, { targets: ['search f'], chains: 1, services: 0, unassigned: 1 }],
  ['a namespace', { namespace: 'acme' }, { targets: ['search f'], chains: 1, services: 0, unassigned: 1 }],
  [
    'an environment',
    { environment: 'production' },
    { targets: ['support-api f', 'support-api g'], chains: 1, services: 1, unassigned: 0 },
  ],
  ['a chain that is none', { chain: 'd' }, { targets: [], chains: 0, services: 1, unassigned: 1 }],
])('narrows to %s', (_what, query, expected) => {
  expect(narrowed(query)).toEqual(expected);
});
