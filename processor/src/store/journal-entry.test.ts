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

  it('says the key of a row and the attributes of a metric once, however many series have them', () => {
    const key = {
      namespace: 'retail',
      service: 'shop',
      environment: '',
      chain: 'summarize',
      target: 'claude',
      routeType: 'fallback',
    } as const;
    const attributes = '{"outcome":"success"}';
    const series = ['calls', 'duration', 'calls'].map((metric) => ({
      ...key,
      metric,
      attributes,
      value: 1,
      sum: 0,
      counts: [],
      startTime: 5,
    }));
    const text = encodeEntry({ ...noChanges(), series });
    expect(text.split('claude')).toHaveLength(2);
    expect(text.split('"calls"')).toHaveLength(2);
  });

  it('refuses a number that stands for no key', () => {
    const text = encodeEntry({ ...noChanges(), facts: [] }).replace('"facts":[]', '"facts":[[7,"contract","{}"]]');
    expect(() => decodeEntry(text)).toThrow(/damaged/);
  });
});
