/** Practice on live traffic: when it begins, whom it touches, and what ends it. */
import { ATTR_LLM_FALLBACK_DRILL_ID } from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { chain } from '../api/chain.ts';
import type { PracticeChain } from '../types/practice.ts';
import { createBudget } from './budget.ts';
import { type PracticeOptions, practise } from './practice.ts';
import { isWithin, readWindow } from './windows.ts';

let recorded: RecordedSpans;
let stop: () => void = () => {};
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => {
  stop();
  recorded.close();
  vi.unstubAllEnvs();
});

const NOON = Date.UTC(2026, 0, 7, 12); // a Wednesday
let chains = 0;

function practising(given: PracticeChain, options: PracticeOptions = {}, fallback: () => unknown = () => 'claude') {
  const name = `practised ${++chains}`;
  const ask = chain(name, {
    targets: [
      { name: 'gpt', type: 'primary', run: (): unknown => 'gpt' },
      { name: 'claude', type: 'fallback', run: fallback },
    ],
  });
  stop = practise({ chains: { [name]: { share: 1, ...given } } }, { now: () => NOON, random: () => 0.5, ...options });
  /** The first run only has somebody asked whether it may begin. */
  const begin = async (): Promise<unknown> => {
    const first = await ask();
    for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
    return first;
  };
  return { name, ask, begin };
}

describe('practice', () => {
  it('is off where nobody configured it', async () => {
    const ask = chain('nobody practises', {
      targets: [
        { name: 'gpt', type: 'primary', run: () => 'gpt' },
        { name: 'claude', type: 'fallback', run: () => 'claude' },
      ],
    });
    for (let run = 0; run < 20; run += 1) await expect(ask()).resolves.toBe('gpt');
  });

  it('drills a share of the runs once it has begun, and never the run that it was asked for by', async () => {
    const rolls = [0.1, 0.9, 0.1, 0.9];
    const it = practising({ share: 0.5 }, { random: () => rolls.shift() ?? 1 });
    expect(await it.begin()).toBe('gpt');
    expect([await it.ask(), await it.ask(), await it.ask(), await it.ask()]).toEqual([
      'claude',
      'gpt',
      'claude',
      'gpt',
    ]);
    expect(recorded.spans.some(({ attributes }) => ATTR_LLM_FALLBACK_DRILL_ID in attributes)).toBe(true);
  });

  it('stops at the first failure that a user saw', async () => {
    const it = practising({}, {}, () => Promise.reject(new Error('rotten')));
    await it.begin();
    await expect(it.ask()).rejects.toThrow(AggregateError);
    await vi.waitFor(async () => expect(await it.ask()).toBe('gpt'), { timeout: 3_000, interval: 100 });
  });

  it.each([
    ['out of its windows', { windows: ['Mon-Tue 09:00-16:00'] }],
    ['in a blocked window', { blockedWindows: ['Wed 11:00-14:00 Europe/Berlin'] }],
    ['without a budget', { budget: '0 USD/day' }],
    ['where its share is none', { share: 0 }],
    ['as often as never', { maxPerHour: 0 }],
  ])('does not begin %s', async (_, given) => {
    const it = practising(given);
    await it.begin();
    expect(await it.ask()).toBe('gpt');
  });

  it('does not begin where drills are off', async () => {
    vi.stubEnv('WARMSPARE_DRILLS', 'off');
    const it = practising({});
    await it.begin();
    expect(await it.ask()).toBe('gpt');
  });

  it.each([
    [200, 'claude'],
    [503, 'gpt'],
  ])('asks the blocking URL, which answers %i', async (status, value) => {
    const it = practising(
      { blockingUrl: 'http://blocking.test/' },
      { fetch: async () => new Response('', { status }) },
    );
    await it.begin();
    expect(await it.ask()).toBe(value);
  });

  it('asks the processor for a lease, in the name of its service', async () => {
    const asked: unknown[] = [];
    const lease = { admin: 'http://admin.test', token: 't', service: 'shop', namespace: '', environment: 'prod' };
    const ask =
      (granted: boolean): typeof fetch =>
      async (url, init) => {
        asked.push([String(url), init?.method, JSON.parse(String(init?.body))]);
        const expires_at = new Date(NOON + 60_000).toISOString();
        return Response.json(
          granted ? { granted, id: 'l1', target: 'claude', expires_at } : { granted, reason: 'taken' },
        );
      };
    const one = practising({}, { lease, fetch: ask(true) });
    await one.begin();
    expect(await one.ask()).toBe('claude');
    expect(asked).toEqual([
      [
        'http://admin.test/api/drills/lease',
        'POST',
        { service: 'shop', namespace: '', environment: 'prod', chain: one.name },
      ],
    ]);
    stop();
    const other = practising({}, { lease, fetch: ask(false) });
    await other.begin();
    expect(await other.ask()).toBe('gpt');
    stop();
    const alone = practising({}, { lease, fetch: () => Promise.reject(new Error('unreachable')) });
    await alone.begin();
    expect(await alone.ask()).toBe('gpt');
  });

  it.each([
    [{ windows: ['always'] }, 'is no window'],
    [{ windows: ['Mon-Fri 09:00-16:00 Europe/Nowhere'] }, 'is no window'],
    [{ budget: 'much' }, 'is no budget'],
    [{ share: 2 }, 'share must be'],
    [{ fault: 'fire' as 'slow' }, 'unknown fault'],
    [{ blockingUrl: 'nowhere' }, 'is no URL'],
  ])('refuses %j', (given, message) => {
    expect(() => practise({ chains: { c: given } })).toThrow(message);
  });
});

describe('a window', () => {
  it.each([
    ['Mon-Fri 09:00-16:00', Date.UTC(2026, 0, 7, 9), true],
    ['Mon-Fri 09:00-16:00', Date.UTC(2026, 0, 7, 16), false],
    ['Mon-Fri 09:00-16:00', Date.UTC(2026, 0, 10, 12), false],
    ['Mon-Fri 09:00-16:00 Europe/Berlin', Date.UTC(2026, 0, 7, 8), true],
    ['Mon-Fri 09:00-16:00 Europe/Berlin', Date.UTC(2026, 6, 7, 7), true],
    ['Sat,Sun 00:00-24:00', Date.UTC(2026, 0, 11, 23, 59), true],
    ['Fri-Mon 22:00-06:00', Date.UTC(2026, 0, 13, 5, 59), true],
    ['Fri-Mon 22:00-06:00', Date.UTC(2026, 0, 13, 22), false],
    ['Wed 11:30-11:45 Asia/Kolkata', Date.UTC(2026, 0, 7, 6, 10), true],
  ])('%s at %i: %s', (text, at, within) => expect(isWithin(readWindow(text), at)).toBe(within));
});

describe('a budget', () => {
  it('is of a day, and of its currency', () => {
    const budget = createBudget('1.50 USD/day');
    budget.spend(1, 'USD', 0);
    budget.spend(100, 'EUR', 0);
    expect(budget.isLeft(0)).toBe(true);
    budget.spend(0.5, 'USD', 1);
    expect([budget.isLeft(1), budget.isLeft(86_400_000)]).toEqual([false, true]);
  });
});
