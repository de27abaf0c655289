/** Signed requests for drills: the form to the letter, and everything that is ignored. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DrillRequest, readDrillRequest, signDrillRequest } from './drill-request.ts';

const KEY = 'k'.repeat(32);
const NOW = Date.UTC(2026, 0, 1);
const EXP = NOW / 1000 + 30;
const ASKED: DrillRequest = { id: 'd1', chain: 'summarize', target: 'claude', fault: 'rate_limit', exp: EXP };

const signed = (payload: unknown, key = KEY): string => {
  const text = Buffer.from(JSON.stringify(payload)).toString('base64url');
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};

describe('a request for a drill', () => {
  it('is the payload and its signature', () => {
    expect(signDrillRequest(ASKED, KEY)).toBe(signed({ v: 1, ...ASKED }));
    expect(readDrillRequest(signDrillRequest(ASKED, KEY), KEY, NOW)).toEqual(ASKED);
  });

  it.each([
    ['no signature', Buffer.from(JSON.stringify({ v: 1, ...ASKED })).toString('base64url'), 'malformed'],
    ['three parts', `${signed({ v: 1, ...ASKED })}.x`, 'malformed'],
    ['nothing', '', 'malformed'],
    ['too much', `${'a'.repeat(5_000)}.b`, 'malformed'],
    ['another key', signed({ v: 1, ...ASKED }, 'x'.repeat(32)), 'unsigned'],
    ['another payload', `e${signed({ v: 1, ...ASKED })}`, 'unsigned'],
    ['an old one', signed({ v: 1, ...ASKED, exp: NOW / 1000 }), 'expired'],
    ['one from far ahead', signed({ v: 1, ...ASKED, exp: NOW / 1000 + 61 }), 'expired'],
    ['another version', signed({ v: 2, ...ASKED }), 'malformed'],
    ['an unknown fault', signed({ v: 1, ...ASKED, fault: 'fire' }), 'malformed'],
    ['no chain', signed({ v: 1, ...ASKED, chain: '' }), 'malformed'],
    ['a time that is none', signed({ v: 1, ...ASKED, exp: 'soon' }), 'malformed'],
    ['no object', signed(null), 'malformed'],
  ])('is ignored: %s', (_, entry, why) => expect(readDrillRequest(entry, KEY, NOW)).toBe(why));

  it('is never believed without its signature, whatever it is', () => {
    fc.assert(fc.property(fc.string(), (entry) => typeof readDrillRequest(entry, KEY, NOW) === 'string'));
  });

  it('needs a key of 32 characters', () => {
    expect(() => signDrillRequest(ASKED, 'short')).toThrow(RangeError);
    expect(readDrillRequest(signed({ v: 1, ...ASKED }, 'short'), 'short', NOW)).toBe('unsigned');
  });
});
