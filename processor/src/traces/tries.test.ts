/** Which calls of one trace are tries of one attempt, and what follows what: boundaries, ties and what must be equal. */
import { describe, expect, it } from 'vitest';
import type { BufferedCall } from './buffered-call.ts';
import { attemptsOf, follows, isOneService } from './tries.ts';

const SHOP = { namespace: 'acme', name: 'shop', environment: 'prod' };

type More = Partial<Omit<BufferedCall, 'call'>> & { readonly call?: Partial<BufferedCall['call']> };

function kept(from: number, to: number, more: More = {}): BufferedCall {
  const { call, ...rest } = more;
  return {
    kind: 'call',
    traceKey: 1,
    traceId: '1'.repeat(32),
    spanId: `${from}`.padStart(16, '0'),
    parentId: 'a'.repeat(16),
    own: undefined,
    outcome: 'error',
    at: to,
    proves: true,
    job: 'chat',
    sites: {},
    run: undefined,
    isRequest: false,
    group: undefined,
    outputType: undefined,
    address: undefined,
    port: undefined,
    isTry: true,
    isHeld: false,
    tryRank: undefined,
    isAboveOwn: false,
    isRelated: false,
    declared: undefined,
    state: 'waiting',
    ...rest,
    call: {
      kind: 'attempt',
      service: { ...SHOP },
      chain: 'c',
      target: 't',
      requestModel: 'gpt-5',
      startTime: from,
      endTime: to,
      ...call,
    } as BufferedCall['call'],
  };
}

const failed = (more?: More): BufferedCall => kept(1_000, 2_000, more);
const next = (from = 3_000, more?: More): BufferedCall => kept(from, from + 500, { outcome: 'success', ...more });
const attempts = (...calls: readonly BufferedCall[]): readonly (readonly [string, number])[] =>
  attemptsOf(calls, new Map()).map(({ outcome, earlier }) => [outcome, earlier.length] as const);

const ONE = [['success', 1]];
const TWO = [
  ['error', 0],
  ['success', 0],
];

describe('a failed call and the next one', () => {
  it.each<[string, BufferedCall, BufferedCall]>([
    ['of equal services that are two objects', failed(), next()],
    ['a minute later', failed(), next(62_000)],
    ['a millisecond before it ended: starts are cut', failed(), next(1_999)],
    ['that timed out', failed({ outcome: 'timeout' }), next()],
    ['by a snapshot of the model', failed(), next(3_000, { call: { requestModel: 'gpt-5-2025-08-07' } })],
    [
      'where only the model that served is known',
      failed({ call: { requestModel: undefined, responseModel: 'gpt-5' } }),
      next(),
    ],
  ])('are tries of one attempt: %s', (_, a, b) => {
    expect(attempts(a, b)).toEqual(ONE);
    expect(attempts(b, a)).toEqual(ONE);
  });

  it.each<[string, BufferedCall, BufferedCall]>([
    ['of another namespace', failed(), next(3_000, { call: { service: { ...SHOP, namespace: 'x' } } })],
    ['of another service', failed(), next(3_000, { call: { service: { ...SHOP, name: 'x' } } })],
    ['of another environment', failed(), next(3_000, { call: { service: { ...SHOP, environment: 'x' } } })],
    ['of another chain', failed(), next(3_000, { call: { chain: 'x' } })],
    ['of another target', failed(), next(3_000, { call: { target: 'x' } })],
    ['that no chain claims', failed(), next(3_000, { call: { kind: 'call' } })],
    ['under another parent', failed(), next(3_000, { parentId: 'b'.repeat(16) })],
    ['for another job', failed(), next(3_000, { job: 'moderation' })],
    [
      'by another prompt',
      failed({ call: { promptFingerprint: 'a' } }),
      next(3_000, { call: { promptFingerprint: 'b' } }),
    ],
    ['at another host', failed({ address: 'a' }), next(3_000, { address: 'b' })],
    ['by our own instrumentation, which told of the first one', failed({ own: 'unknown' }), next()],
    ['by our own instrumentation, which told of the second one', failed(), next(3_000, { own: 'unknown' })],
    ['later than a minute', failed(), next(62_001)],
    ['while it was under way', failed(), next(1_998)],
    ['at one moment', kept(2_000, 2_000), next(2_000)],
    ['of a client that gives its tries no spans', failed(), next(3_000, { isTry: false })],
    ['of no known model', failed({ call: { requestModel: undefined } }), next()],
  ])('are two attempts: %s', (_, a, b) => {
    expect(attempts(a, b)).toEqual(TWO);
  });

  it('are two attempts where the first one was answered, whatever the answer was worth', () => {
    expect(attempts(failed({ outcome: 'refused' }), next())).toEqual([
      ['refused', 0],
      ['success', 0],
    ]);
  });
});

it('each try joins the attempt before it, which ends as the last of them did', () => {
  expect(attempts(failed(), kept(3_000, 4_000, { outcome: 'timeout' }), next(5_000))).toEqual([['success', 2]]);
});

it('an answer that did not fit ends the attempt, whatever its own span says', () => {
  const answer = next();
  expect(attemptsOf([failed(), answer], new Map([[answer, 'schema_invalid']]))).toMatchObject([
    { outcome: 'schema_invalid' },
  ]);
});

it('what begins when a call has ended follows it, for a minute', () => {
  const starts = [1_998, 1_999, 2_000, 62_000, 62_001];
  expect(starts.map((start) => follows(failed(), start))).toEqual([false, true, true, true, false]);
});

it('services are one by their names, or as one object', () => {
  expect(isOneService(SHOP, SHOP)).toBe(true);
  expect(isOneService(SHOP, { ...SHOP })).toBe(true);
  expect(isOneService(SHOP, { ...SHOP, name: 'other' })).toBe(false);
});
