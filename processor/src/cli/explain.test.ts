import { describe, expect, it } from 'vitest';
import type { StatusChain, StatusTarget } from '../output/status-json.ts';
import { failing, fresh, primary, statusOf } from './testdata/status.ts';
import { warmspare } from './testdata/warmspare.ts';

const args = ['explain', '--chain', 'summarize', '--target', 'claude'];
const span = { at: '2026-01-01T00:00:00.000Z', trace_id: 'a1'.repeat(16), span_id: 'b2'.repeat(8) };
const explained: StatusTarget = {
  ...failing,
  remedy: 'The next success would make it fresh.',
  last_failure: { ...span, outcome: 'error', error_type: '404' },
  assumptions: [
    { name: 'available', state: 'broken', since: span.at, by: span, words: 'broken by 404', remedy: 'a success' },
    { name: 'schema', state: 'unverified', since: span.at, by: span, words: 'outdated', remedy: 'drill it' },
    { name: 'breaker', state: 'holds', since: span.at, words: 'engaged in time', remedy: 'unused' },
  ],
  drift: [
    { part: 'model', revisions: [{ revision: 'gpt-5.1', first_seen: span, last_seen: span.at }] },
    { part: 'schema', revisions: [], at_least: true },
  ],
  headroom: [
    { limit: 'cost_per_hour', headroom: 3.2, declared: 40, projected: 12.5, unit: 'USD/h', calls: 1, load: 0.25 },
    { limit: 'p95_latency', declared: 8, unit: 's', calls: 0 },
  ],
};

const chain: StatusChain = {
  service: 'support-api',
  chain: 'summarize',
  contract: [{ part: 'prompt', unstable: true, revisions: [] }],
  breakers: [
    {
      name: 'openai',
      state: 'half_open',
      since: span,
      trip: { at: span.at, seconds: 3.2, signal: { ...span, because: 'timeout' } },
    },
  ],
  detection: { mean: 12.4, calls: 7 },
  urgency: 'on_fallback',
  sentence: 'runs on rules for 3 hours, no spare left',
  spares: 0,
  runs: { exhausted: 1, unprotected: 2 },
};

describe('explain', () => {
  it('says why, by which spans, and what would change it', async () => {
    const { stdout, stderr } = await warmspare(args, statusOf([explained], undefined, [chain]));
    const ids = `trace ${span.trace_id} span ${span.span_id}`;
    expect(stdout).toBe(
      [
        'rules, heuristic of summarize  (support-api)',
        '',
        `  failing: ${failing.sentence}`,
        '    its chain: runs on rules for 3 hours, no spare left',
        '    what would change it: The next success would make it fresh.',
        '    to exercise it: warmspare drill --chain summarize --target rules --service support-api',
        `    last failure  ${span.at}  error 404  ${ids}`,
        '',
        '  ✗ available  broken: broken by 404',
        `    since ${span.at}, by the span of ${span.at}  ${ids}`,
        '    what would change it: a success',
        '',
        '  ○ schema     unverified: outdated',
        `    since ${span.at}, its last proof is the span of ${span.at}  ${ids}`,
        '    what would change it: drill it',
        '',
        '  ✓ breaker    holds: engaged in time',
        `    since ${span.at}`,
        '',
        '  what of the primary changed since it was declared:',
        `    model   gpt-5.1, first seen ${span.at}  ${ids}`,
        '    prompt  left out: it changes on most calls',
        '',
        '  if it took the whole load now, 0.25 calls a second:',
        '    cost_per_hour: 12.5 of 40 USD/h, headroom 3.20 (by 1 exercised call)',
        '    p95_latency: not known yet (by 0 exercised calls)',
        '',
        '  failovers of its chain:',
        '    time until the next target: 12 s on average (7 failovers)',
        '    runs without an answer: 1 in which every target failed, 2 in which the primary failed and no other target was tried',
        `    breaker openai: half open, seen ${span.at}`,
        `      last opened ${span.at} on timeout, 3 seconds after the first failure  ${ids}`,
        '',
        '  as of 2026-01-01T00:00:00.000Z',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('');
  });

  it('says that nothing changed, and where older changes are no longer known', async () => {
    const last_success = span;
    const drift = [{ part: 'model' as const, revisions: [] }];
    const { stdout } = await warmspare(args, statusOf([{ ...explained, last_success, drift }]));
    expect(stdout).toContain('  no change of the primary is known since it last worked\n');
    const [changed] = explained.drift;
    const many = await warmspare(
      args,
      statusOf([{ ...explained, drift: changed ? [{ ...changed, at_least: true }] : [] }]),
    );
    expect(many.stdout).toContain('    model   and older ones that are no longer known\n');
  });

  it('says of the primary what it promises now', async () => {
    const model = { part: 'model' as const, unstable: false, current: 'gpt-5.1' };
    const revisions = [{ revision: 'gpt-5.1', first_seen: span, last_seen: span.at }];
    const told = { ...chain, contract: [{ ...model, revisions }, ...chain.contract] };
    const { stdout } = await warmspare(args, statusOf([primary], undefined, [told]));
    expect(stdout).toContain(
      [
        '  what it promises now:',
        `    model   gpt-5.1, first seen ${span.at}  trace ${span.trace_id} span ${span.span_id}`,
        '    prompt  changes on most calls',
        '',
      ].join('\n'),
    );
    expect(stdout).not.toContain('since it');
  });

  it('explains all rows of these names, and says by which options one is picked', async () => {
    const staging = { ...fresh, environment: 'staging' };
    const { code, stdout, stderr } = await warmspare(args, statusOf([fresh, staging]));
    expect(stdout.match(/fallback of summarize/g)).toHaveLength(2);
    expect(stderr).toBe('warmspare: 2 rows have these names; --environment picks one\n');
    expect(code).toBe(0);
    expect((await warmspare([...args, '--json'], statusOf([fresh, staging]))).stdout).not.toContain('picks one');
  });

  it.each([
    ['a chain', ['--chain', 'sumarize', '--target', 'claude'], 'no chain is called sumarize; did you mean summarize?'],
    ['a chain far off', ['--chain', 'x', '--target', 'claude'], 'no chain is called x; there is summarize'],
    [
      'a target',
      ['--chain', 'summarize', '--target', 'clade'],
      'no target of summarize is called clade; did you mean claude?',
    ],
    [
      'a target far off',
      ['--chain', 'summarize', '--target', 'x'],
      'no target of summarize is called x; there is claude, gpt, rules',
    ],
    [
      'a service',
      [...args.slice(1), '--service', 'support-app'],
      'claude of summarize has no service support-app; did you mean support-api?',
    ],
    [
      'an environment where none has any',
      [...args.slice(1), '--environment', 'production'],
      'claude of summarize has no environment production; warmspare status lists what is known',
    ],
  ])('says what there is instead of %s that nobody knows', async (_case, names, message) => {
    const all = statusOf([fresh, primary, failing]);
    const none = statusOf([]);
    const answer = (url: string) => (url.endsWith('/status.json') ? all : none).answer();
    const { code, stderr } = await warmspare(['explain', ...names], { answer });
    expect({ code, stderr }).toEqual({ code: 2, stderr: `warmspare: ${message}\n` });
  });

  it('asks the service for the one target, everywhere or where it was told', async () => {
    const { asked } = await warmspare([...args, '--service', 'support-api'], statusOf([fresh]));
    expect(asked[0]?.url).toBe('http://127.0.0.1:9464/status.json?chain=summarize&target=claude&service=support-api');
  });

  it.each([
    ['0 for a fresh target with nothing broken', statusOf([fresh]), 0],
    ['2 for a primary, of which nobody can tell', statusOf([primary]), 2],
    ['2 where no telemetry has arrived', statusOf([fresh], []), 2],
    ['1 for a target that is not fresh', statusOf([fresh, failing]), 1],
    ['1 for a fresh target with something broken', statusOf([{ ...fresh, assumptions: explained.assumptions }]), 1],
    ['2 where no row matches', statusOf([]), 2],
    ['2 where the service is unreachable', {}, 2],
  ])('exits with %s', async (_case, surroundings, code) => {
    expect((await warmspare(args, surroundings)).code).toBe(code);
  });

  it.each([50, 80])('keeps within a terminal of %d columns, and loses no word', async (columns) => {
    const { stdout } = await warmspare(args, {
      ...statusOf([explained], undefined, [chain]),
      columns,
      env: { NO_COLOR: '1' },
    });
    const { stdout: whole } = await warmspare(args, statusOf([explained], undefined, [chain]));
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(stdout.split(/\s+/)).toEqual(whole.split(/\s+/));
  });

  it('colours the signs at a terminal', async () => {
    const { stdout } = await warmspare(args, { ...statusOf([explained]), columns: 80 });
    expect(stdout).toContain('\u001b[31m✗\u001b[0m available');
    expect(stdout).toContain('\u001b[32m✓\u001b[0m breaker');
    expect((await warmspare(args, statusOf([explained]))).stdout).not.toContain('\u001b');
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
