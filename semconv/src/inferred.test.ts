/** Names of chains and targets that nobody declared, and what is one target. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallPlace, inferredChain, isInferred, modelOfTarget, sameTarget, targetNames } from './inferred.ts';

const azure = { model: 'gpt-4o', provider: 'azure.ai.openai', address: 'acme.openai.azure.com' };
const openai = { model: 'gpt-4o', provider: 'openai', address: 'api.openai.com' };

it('a chain that nobody declared says so', () => {
  expect(inferredChain('gpt-5')).toBe('inferred:gpt-5');
  expect(isInferred(inferredChain('gpt-5'))).toBe(true);
  expect(isInferred('summarize')).toBe(false);
});

describe('one target', () => {
  it.each<[string, CallPlace, CallPlace]>([
    ['the same call again', openai, openai],
    ['a snapshot of the model', openai, { ...openai, model: 'gpt-4o-2024-08-06' }],
    ['another spelling of the provider', openai, { ...openai, provider: 'openai.responses' }],
    ['a place that is not known', openai, { model: 'gpt-4o' }],
    ['the provider before the name', { model: 'openai/gpt-4o' }, openai],
    ['a host in other case', openai, { ...openai, address: 'API.openai.com' }],
    ['ports of hosts that are not known', { model: 'gpt-4o', port: 1 }, { model: 'gpt-4o', port: 2 }],
  ])('is %s', (_, a, b) => {
    expect(sameTarget(a, b)).toBe(true);
    expect(sameTarget(b, a)).toBe(true);
  });

  it.each<[string, CallPlace, CallPlace]>([
    ['another model', openai, { ...openai, model: 'gpt-5' }],
    ['another provider', azure, openai],
    ['another provider before the name', { model: 'azure/gpt-4o' }, { model: 'openai/gpt-4o' }],
    ['another host', openai, { ...openai, address: 'eu.api.openai.com' }],
    ['another port', { ...openai, port: 8001 }, { ...openai, port: 8002 }],
    [
      'another region',
      { model: 'us.anthropic.claude-haiku-4-5-20251001-v1:0' },
      { model: 'bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0' },
    ],
  ])('is not %s', (_, a, b) => {
    expect(sameTarget(a, b)).toBe(false);
    expect(sameTarget(b, a)).toBe(false);
  });
});

describe('the names of targets', () => {
  it.each<[string, readonly CallPlace[], readonly string[]]>([
    ['are those of their models', [openai, { model: 'claude-haiku-4-5' }], ['gpt-4o', 'claude-haiku-4-5']],
    ['say the provider of one model at two', [azure, openai], ['gpt-4o (azure.ai.openai)', 'gpt-4o (openai)']],
    [
      'say the host where the provider is the same',
      [openai, { ...openai, address: 'eu.api.openai.com' }],
      ['gpt-4o (api.openai.com)', 'gpt-4o (eu.api.openai.com)'],
    ],
    [
      'say the port where the host is the same',
      [
        { model: 'phi3', address: 'localhost', port: 8001 },
        { model: 'phi3', address: 'localhost', port: 8002 },
      ],
      ['phi3 (localhost:8001)', 'phi3 (localhost:8002)'],
    ],
    [
      'say of three what tells each from the others',
      [azure, { ...azure, address: 'eu.openai.azure.com' }, openai],
      ['gpt-4o (acme.openai.azure.com)', 'gpt-4o (eu.openai.azure.com)', 'gpt-4o (openai)'],
    ],
  ])('%s', (_, rungs, names) => {
    expect(targetNames(rungs)).toEqual(names);
  });

  it('are distinct where the places are known to be two, and do not depend on the order', () => {
    const place = fc.record({
      model: fc.constantFrom('gpt-4o', 'claude-haiku-4-5'),
      provider: fc.constantFrom('openai', 'azure', 'groq'),
      address: fc.constantFrom('a.example', 'b.example'),
      port: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(fc.uniqueArray(place, { selector: (each) => JSON.stringify(each), maxLength: 4 }), (places) => {
        const names = targetNames(places);
        expect(new Set(names).size).toBe(names.length);
        expect(targetNames(places.toReversed())).toEqual(names.toReversed());
      }),
    );
  });
});

it('a target’s name leads back to its model, whatever tells it from its twins', () => {
  const twins = [azure, openai, { ...openai, address: 'eu.api.openai.com' }, { model: 'claude-haiku-4-5' }];
  expect(targetNames(twins).map(modelOfTarget)).toEqual(['gpt-4o', 'gpt-4o', 'gpt-4o', 'claude-haiku-4-5']);
  expect(modelOfTarget('ollama/phi(3) mini')).toBe('ollama/phi(3) mini');
});
