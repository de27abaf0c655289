import { describe, expect, it } from 'vitest';
import type { StatusTarget } from '../output/status-json.ts';
import { failing, fresh, primary, statusOf } from './testdata/status.ts';
import { warmspare } from './testdata/warmspare.ts';

const args = ['explain', '--chain', 'summarize', '--target', 'claude'];
const span = { at: '2026-01-01T00:00:00.000Z', trace_id: 'a1'.repeat(16), span_id: 'b2'.repeat(8) };
const explained: StatusTarget = {
  ...failing,
  last_failure: { ...span, outcome: 'error', error_type: '404' },
  assumptions: [
    { name: 'available', state: 'broken', since: span.at, by: span, words: 'broken by 404', remedy: 'a success' },
    { name: 'schema', state: 'unverified', since: span.at, words: 'no output was checked', remedy: 'drill it' },
    { name: 'breaker', state: 'holds', since: span.at, words: 'engaged in time', remedy: 'unused' },
  ],
  drift: [
    { part: 'model', revisions: [{ revision: 'gpt-5.1', first_seen: span, last_seen: span.at }] },
    { part: 'prompt', revisions: [] },
  ],
  headroom: [
    { limit: 'cost_per_hour', headroom: 3.2, declared: 40, projected: 12.5, unit: 'USD/h', calls: 1 },
    { limit: 'p95_latency', declared: 8, unit: 's', calls: 0 },
  ],
};

describe('explain', () => {
  it('says why, by which spans, and what would change it', async () => {
    const { stdout } = await warmspare(args, statusOf([explained]));
    const ids = `trace ${span.trace_id} span ${span.span_id}`;
    expect(stdout).toBe(
      [
        'rules, heuristic of summarize  (support-api)',
        '',
        `  failing: ${failing.sentence}`,
        `    last failure  ${span.at}  error 404  ${ids}`,
        '',
        '  ✗ available  broken: broken by 404',
        `    since ${span.at}, by the span of ${span.at}  ${ids}`,
        '    what would change it: a success',
        '',
        '  ○ schema     unverified: no output was checked',
        `    since ${span.at}`,
        '    what would change it: drill it',
        '',
        '  ✓ breaker    holds: engaged in time',
        `    since ${span.at}`,
        '',
        '  changed since it last worked:',
        `    model   gpt-5.1, first seen ${span.at}`,
        '',
        '  if it took the whole load now:',
        '    cost_per_hour: 12.5 of 40 USD/h, headroom 3.20 (by 1 exercised call)',
        '    p95_latency: not known yet (by 0 exercised calls)',
        '',
        '  as of 2026-01-01T00:00:00.000Z',
        '',
      ].join('\n'),
    );
  });

  it('asks the service for the one target, everywhere or where it was told', async () => {
    const { asked } = await warmspare([...args, '--service', 'support-api'], statusOf([fresh]));
    expect(asked[0]?.url).toBe('http://127.0.0.1:9464/status.json?chain=summarize&target=claude&service=support-api');
  });

  it.each([
    ['0 for a fresh target with nothing broken', statusOf([fresh]), 0],
    ['0 for a primary', statusOf([primary]), 0],
    ['1 for a target that is not fresh', statusOf([fresh, failing]), 1],
    ['1 for a fresh target with something broken', statusOf([{ ...fresh, assumptions: explained.assumptions }]), 1],
    ['2 where no row matches', statusOf([]), 2],
    ['2 where the service is unreachable', {}, 2],
  ])('exits with %s', async (_case, surroundings, code) => {
    expect((await warmspare(args, surroundings)).code).toBe(code);
  });

  it('prints the rows with --json', async () => {
    const { stdout } = await warmspare([...args, '--json'], statusOf([explained]));
    expect(JSON.parse(stdout)).toEqual([explained]);
  });

  it('wants a chain and a target', async () => {
    const { asked, code, stderr } = await warmspare(['explain', '--chain', 'summarize'], statusOf([fresh]));
    expect({ asked, code }).toEqual({ asked: [], code: 2 });
    expect(stderr).toBe('warmspare: explain wants --chain and --target; warmspare status lists them\n');
  });
});
