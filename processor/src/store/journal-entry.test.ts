import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noChanges } from './contract.ts';
import { decodeEntry, encodeEntry } from './journal-entry.ts';
import { anyChanges } from './testdata/changes.ts';

describe('an entry of the journal', () => {
  it('gives back the changes that it was made of', () => {
    fc.assert(
      fc.property(anyChanges, ({ window: _window, windowAt: _windowAt, ...changes }) => {
        expect(decodeEntry(encodeEntry(changes))).toEqual(changes);
      }),
    );
  });

  it('says the service and the attributes of a metric once, however many rows and series have them', () => {
    const key = { namespace: 'retail', service: 'shop', environment: '', chain: 'summarize' } as const;
    const kinds = ['calls', 'duration'].map((metric) => ({ metric, attributes: '{"outcome":"success"}' }));
    const series = [...kinds, ...kinds].map((kind) => ({ kind, value: 1, sum: 0, counts: undefined, startTime: 5 }));
    const owners = ['claude', 'gpt'].map((target) => ({
      key: { ...key, target, routeType: 'fallback' as const },
      row: undefined,
      series,
      facts: [],
    }));
    const text = encodeEntry({ ...noChanges(), owners });
    expect(text.split('retail')).toHaveLength(2);
    expect(text.split('"calls"')).toHaveLength(2);
  });

  it('gives back facts that the first version wrote as texts', () => {
    const facts = [{ kind: 'activity' as const, value: '{"from":1,"counts":[2]}' }];
    const text = encodeEntry({ ...noChanges(), owners: [{ key: KEY, row: undefined, series: [], facts }] });
    expect(decodeEntry(text).owners[0]?.facts).toEqual([{ kind: 'activity', value: { from: 1, counts: [2] } }]);
  });

  it('refuses a number that stands for no service and a series that breaks off', () => {
    const owners = [{ key: KEY, row: undefined, series: [], facts: [] }];
    const text = encodeEntry({ ...noChanges(), owners });
    expect(() => decodeEntry(text.replace('[[0,', '[[7,'))).toThrow(/damaged/);
    expect(() => decodeEntry(text.replace(',0,[],[]]', ',0,[0,1],[]]'))).toThrow(/damaged/);
  });
});

const KEY = {
  namespace: '',
  service: 'shop',
  environment: '',
  chain: 'summarize',
  target: 'claude',
  routeType: 'fallback',
} as const;
