import { describe, expect, it, vi } from 'vitest';
import type { StatusChain, StatusDocument, StatusTarget } from '../output/status-json.ts';
import { failing, fresh, primary, statusOf } from './testdata/status.ts';
import { warmspare } from './testdata/warmspare.ts';

const broken: StatusTarget = {
  ...fresh,
  chain: 'route',
  assumptions: [
    { name: 'capacity', state: 'broken', since: fresh.declared_at, words: 'cost is beyond its limit', remedy: '' },
  ],
};
const standing = (chain: string, urgency: StatusChain['urgency'], sentence = '') => ({
  service: 'support-api',
  chain,
  urgency,
  sentence,
  spares: 0,
  contract: [],
  breakers: [],
});

describe('status', () => {
  it.each([
    ['0 when every fallback is fresh', statusOf([primary, fresh]), 0],
    ['1 when one is not', statusOf([primary, fresh, failing]), 1],
    ['0 when one is fresh with something broken', statusOf([broken]), 0],
    ['2 when there are no rows', statusOf([]), 2],
    ['2 when there are only primaries', statusOf([primary]), 2],
    ['2 when no telemetry has arrived', statusOf([fresh], []), 2],
    ['2 when the service is unreachable', {}, 2],
    ['2 when something else answers', { answer: () => new Response('<html>') }, 2],
    [
      '2 when the service wants a token',
      { answer: () => Response.json({ error: 'A token is needed.' }, { status: 401 }) },
      2,
    ],
  ])('exits with %s', async (_case, surroundings, code) => {
    expect((await warmspare(['status'], surroundings)).code).toBe(code);
  });

  it('draws one line a row where nobody looks on', async () => {
    const { stdout } = await warmspare(['status'], statusOf([primary, fresh, failing]));
    expect(stdout).toBe(
      [
        'summarize  (support-api)',
        '  gpt     primary    ·                  The primary.',
        '  claude  fallback   ● fresh            Last succeeded 3 minutes ago (drill).',
        '  rules   heuristic  ✗ failing          Its last exercise failed 2 days ago (error: 404); it last succeeded 9 days ago.',
        '',
        'As the service says.',
        '',
      ].join('\n'),
    );
  });

  it.each([40, 60, 80, 120])('keeps within a terminal of %d columns', async (columns) => {
    const { stdout } = await warmspare(['status'], {
      ...statusOf([primary, fresh, failing]),
      columns,
      env: { NO_COLOR: '1' },
    });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(failing.sentence);
  });

  it.each([
    ['a terminal', { columns: 80 }, true],
    ['a pipe', {}, false],
    ['a terminal with NO_COLOR', { columns: 80, env: { NO_COLOR: '1' } }, false],
    ['a terminal with an empty NO_COLOR', { columns: 80, env: { NO_COLOR: '' } }, true],
    ['a dumb terminal', { columns: 80, env: { TERM: 'dumb' } }, false],
    ['a log with FORCE_COLOR', { env: { FORCE_COLOR: '1' } }, true],
  ])('colours for %s: %j', async (_case, surroundings, coloured) => {
    const { stdout } = await warmspare(['status'], { ...statusOf([fresh]), ...surroundings });
    expect(stdout.includes('\u001b[32m')).toBe(coloured);
  });

  it('keeps within COLUMNS where there is no terminal to ask, as below watch', async () => {
    const surroundings = { ...statusOf([primary, fresh, failing]), env: { COLUMNS: '60' } };
    const { stdout } = await warmspare(['status'], surroundings);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    const { stdout: odd } = await warmspare(['status'], { ...surroundings, env: { COLUMNS: 'wide' } });
    expect(odd).toBe((await warmspare(['status'], { ...surroundings, env: {} })).stdout);
  });

  it('names the row that stands for all past the cap', async () => {
    const { state: _, ...rest } = fresh;
    const folded: StatusTarget = { ...rest, chain: '', target: '', sentence: 'Stands for more.', overflow: true };
    const { stdout } = await warmspare(['status'], statusOf([fresh, folded]));
    expect(stdout).toMatch(/^past the cap on rows .*\n {2}all others {2}fallback {3}· overflow +Stands for more\.$/m);
  });

  it('prints the document with --json, and judges only the rows that were asked for', async () => {
    const args = ['status', '--json', '--state', 'fresh', '--chain', 'summarize', '--namespace', 'acme'];
    const { stdout, code, asked } = await warmspare(args, statusOf([fresh]));
    expect((JSON.parse(stdout) as StatusDocument).targets).toEqual([fresh]);
    expect(asked[0]?.url).toBe('http://127.0.0.1:9464/status.json?namespace=acme&chain=summarize&state=fresh');
    expect(code).toBe(0);
  });

  it('knows no other state than those that there are', async () => {
    const { code, stderr, asked } = await warmspare(['status', '--state', 'broken'], statusOf([fresh]));
    expect((await warmspare(['status', '--state', 'stael'], statusOf([fresh]))).stderr).toContain(
      'did you mean stale?',
    );
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(stderr).toMatch(/no state broken; states are .*never_exercised/);
  });

  it('exits with 1 with --strict where something is broken, and as ever where nothing is', async () => {
    expect((await warmspare(['status', '--strict'], statusOf([broken]))).code).toBe(1);
    expect((await warmspare(['status', '--strict'], statusOf([fresh]))).code).toBe(0);
    expect((await warmspare(['status', '--strict'], statusOf([primary]))).code).toBe(2);
  });

  it('keeps the order of the service, says what is urgent below the name, and what is broken below a target', async () => {
    const down: StatusTarget = { ...primary, chain: 'classify', failing: true };
    const rows = [down, { ...failing, chain: 'classify' }, broken, fresh];
    const chains = [
      standing('classify', 'users_affected', 'users are affected now, the primary failed 1 minute ago'),
      standing('route', 'would_not_hold', 'would not hold'),
      standing('summarize', 'fine', 'fine'),
    ];
    const { stdout } = await warmspare(['status'], statusOf(rows, undefined, chains));
    expect(stdout).toContain(
      'classify  (support-api)\n  ! users are affected now, the primary failed 1 minute ago\n  gpt     primary    ✗ failing',
    );
    expect(stdout.match(/^\w+(?= {2}\()/gm)).toEqual(['classify', 'route', 'summarize']);
    expect(stdout).toContain('    ✗ capacity broken: cost is beyond its limit\n');
  });

  it('counts what is fine past the first five chains', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `c${index}`);
    const rows = names.map((chain) => ({ ...fresh, chain }));
    const chains = names.map((chain) => standing(chain, chain === 'c7' ? 'would_not_hold' : 'fine'));
    const { stdout } = await warmspare(['status'], statusOf(rows, undefined, chains));
    expect(stdout.match(/^c\d/gm)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c7']);
    expect(stdout).toContain('\n2 more chains are fine (--chain NAME shows one, --json all).\n');
  });

  it.each([
    [['--chain', 'sumarize'], 'no chain is called sumarize; did you mean summarize?'],
    [['--target', 'claud'], 'no target is called claud; did you mean claude?'],
    [['--service', 'x'], 'no service is called x; there is support-api'],
    [['--chain', 'summarize', '--state', 'stale'], 'no target of summarize is stale'],
  ])('with %j, which nothing matches, exits with 2 and says what there is', async (filters, message) => {
    const answer = (url: string) => (url.endsWith('/status.json') ? statusOf([fresh]) : statusOf([])).answer();
    expect(await warmspare(['status', ...filters], { answer })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `warmspare: ${message}\n`,
    });
  });

  it('tells a person at a terminal what it waits for, and wipes that away', async () => {
    vi.useFakeTimers();
    try {
      const slow = async (): Promise<Response> => {
        await vi.advanceTimersByTimeAsync(1000);
        return statusOf([fresh]).answer();
      };
      const watched = await warmspare(['status'], { answer: slow, columns: 80 });
      expect(watched.stderr).toContain('waiting for http://127.0.0.1:9464');
      expect(watched.stderr.endsWith('\r\u001b[2K')).toBe(true);
      expect((await warmspare(['status'], { answer: slow })).stderr).toBe('');
      expect((await warmspare(['status'], { ...statusOf([fresh]), columns: 80 })).stderr).toBe('');
    } finally {
      vi.useRealTimers();
    }
  });

  it('names the address that does not answer and how to give another', async () => {
    const { stderr, asked } = await warmspare(['status', '--url', 'http://10.1.2.3:9464']);
    expect(stderr).toBe(
      'warmspare: http://10.1.2.3:9464/status.json cannot be reached (ECONNREFUSED); is warmspare serve running? --url names another address\n',
    );
    expect(asked[0]?.url).toBe('http://10.1.2.3:9464/status.json');
  });

  it('takes an address without its scheme', async () => {
    expect((await warmspare(['status', '--url', 'localhost:9464'], statusOf([fresh]))).asked[0]?.url).toBe(
      'http://localhost:9464/status.json',
    );
    expect(await warmspare(['status', '--url', 'two words'])).toMatchObject({ code: 2, asked: [] });
  });
});
