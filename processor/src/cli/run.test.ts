import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { StatusDocument, StatusTarget } from '../output/status-json.ts';
import { COMMANDS } from './help.ts';
import type { Io } from './io.ts';
import { run } from './run.ts';

interface Surroundings {
  readonly env?: Record<string, string>;
  readonly columns?: number;
  readonly answer?: (url: string, init: RequestInit) => Response | Promise<Response>;
}

async function warmspare(args: readonly string[], { env = {}, columns, answer }: Surroundings = {}) {
  const written = { stdout: '', stderr: '' };
  const asked: { url: string; init: RequestInit }[] = [];
  const output = (stream: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[stream] += text;
    },
    isTTY: columns !== undefined,
    columns,
  });
  const io: Io = {
    env,
    version: '1.2.3',
    stdout: output('stdout'),
    stderr: output('stderr'),
    now: () => 0,
    fetch: (async (url: URL, init: RequestInit) => {
      asked.push({ url: url.href, init });
      if (answer === undefined)
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
      return answer(url.href, init);
    }) as typeof fetch,
    untilStopped: () => Promise.resolve('SIGTERM'),
    onReload: () => undefined,
  };
  const code = await run(args, io);
  return { code, asked, ...written };
}

const directory = mkdtempSync(join(tmpdir(), 'warmspare-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('the command line', () => {
  it('teaches with --help, of itself and of each command', async () => {
    const all = await warmspare(['--help']);
    expect([all.code, all.stderr]).toEqual([0, '']);
    for (const command of COMMANDS) {
      expect(all.stdout).toContain(`  ${command} `);
      const own = await warmspare([command, '--help']);
      expect([own.code, own.stdout.includes(`Usage: warmspare ${command}`), own.stdout.includes('Exit code')]).toEqual([
        0,
        true,
        true,
      ]);
    }
    expect((await warmspare([])).stdout).toBe(all.stdout);
  });

  it('says its version', async () => {
    expect(await warmspare(['--version'])).toMatchObject({ code: 0, stdout: '1.2.3\n' });
  });

  it.each([
    [['sevre'], 'unknown command sevre; did you mean warmspare serve?'],
    [['frobnicate'], 'unknown command frobnicate; commands are serve, check-config, status, explain, retire'],
    [['--verison'], 'unknown option --verison; did you mean warmspare --version?'],
    [['status', '--jsn'], 'status has no option --jsn; did you mean --json?'],
    [['serve', 'w.yaml'], 'serve does not know what to do with w.yaml; did you mean warmspare serve --config w.yaml?'],
    [['serve', '--config'], "Option '-c, --config <value>' argument missing; warmspare serve --help shows its options"],
    [['check-config'], 'check-config wants a file; for example: warmspare check-config warmspare.yaml'],
    [['retire', '--chain', 'c'], 'retire wants --chain and --target; warmspare status lists them'],
  ])('%j exits with 2 and a hint', async (args, message) => {
    expect(await warmspare(args)).toMatchObject({ code: 2, stdout: '', stderr: `warmspare: ${message}\n` });
  });
});

describe('check-config', () => {
  it('exits with 0 and says what the file sets up', async () => {
    const path = file(
      'fine.yaml',
      'chains: [ { name: c, targets: [ { name: p, type: primary }, { name: f, type: cache } ] } ]',
    );
    expect(await warmspare(['check-config', path])).toMatchObject({
      code: 0,
      stdout: `${path} is fine: 1 chain, 2 targets; admin on 127.0.0.1:9464.\n`,
    });
  });

  it('exits with 2 and names every problem at its place', async () => {
    const path = file('wrong.yaml', 'admin: { endpoint: 9464 }\nstor: {}\n');
    const { code, stderr } = await warmspare(['check-config', path]);
    expect(code).toBe(2);
    expect(stderr.split('\n')).toEqual([
      expect.stringContaining(`${path}:1:20  admin.endpoint: "9464" is not an address`) as string,
      `${path}:2:1  stor: is not a known key; did you mean store?`,
      '2 problems.',
      '',
    ]);
  });

  it('exits with 2 for a file that is not there', async () => {
    expect(await warmspare(['check-config', '/nowhere.yaml'])).toMatchObject({
      code: 2,
      stderr: '/nowhere.yaml  cannot be read: there is no such file\n1 problem.\n',
    });
  });

  it('takes variables from the environment that it was given', async () => {
    const path = file('env.yaml', `store: { sqlite: { path: "\${env:STATE}/w.db" } }`);
    expect((await warmspare(['check-config', path])).code).toBe(2);
    expect((await warmspare(['check-config', path], { env: { STATE: '/var' } })).code).toBe(0);
  });
});

const fresh: StatusTarget = {
  service: 'support-api',
  chain: 'summarize',
  target: 'claude',
  route_type: 'fallback',
  rank: 1,
  state: 'fresh',
  sentence: 'Last succeeded 3 minutes ago (drill).',
  declared_at: '2026-01-01T00:00:00.000Z',
  max_age: 86_400,
  assumptions: [],
  drift: [],
  headroom: [],
};
const { state: _, ...judgedFresh } = fresh;
const primary: StatusTarget = {
  ...judgedFresh,
  target: 'gpt',
  route_type: 'primary',
  rank: 0,
  sentence: 'The primary.',
};
const failing: StatusTarget = {
  ...fresh,
  target: 'rules',
  route_type: 'heuristic',
  state: 'failing',
  sentence: 'Its last exercise failed 2 days ago (error: 404); it last succeeded 9 days ago.',
};

function statusOf(
  targets: readonly StatusTarget[],
  services: StatusDocument['services'] = [{ newest_span_at: '2026-01-01T00:00:00.000Z' }],
) {
  const document: StatusDocument = {
    now: '2026-01-01T00:00:00.000Z',
    instance_id: 'i',
    started_at: '2026-01-01T00:00:00.000Z',
    verdict: 'unknown',
    reason: 'As the service says.',
    problems: [],
    counts: { never_exercised: 0, failing: 0, stale: 0, fresh: 0 },
    targets,
    chains: [],
    services,
    unassigned: [],
  };
  return { answer: () => Response.json(document) };
}

describe('status', () => {
  it.each([
    ['0 when every fallback is fresh', statusOf([primary, fresh]), 0],
    ['1 when one is not', statusOf([primary, fresh, failing]), 1],
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

  it('prints the document with --json, and judges only the rows that were asked for', async () => {
    const args = ['status', '--json', '--state', 'fresh', '--chain', 'summarize', '--namespace', 'acme'];
    const { stdout, code, asked } = await warmspare(args, statusOf([fresh]));
    expect((JSON.parse(stdout) as StatusDocument).targets).toEqual([fresh]);
    expect(asked[0]?.url).toBe('http://127.0.0.1:9464/status.json?namespace=acme&chain=summarize&state=fresh');
    expect(code).toBe(0);
  });

  it('knows no other state than those that there are', async () => {
    const { code, stderr, asked } = await warmspare(['status', '--state', 'broken'], statusOf([fresh]));
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(stderr).toMatch(/no state broken; states are .*never_exercised/);
  });

  it('has the worst chain first, and below a target what is broken of it', async () => {
    const broken: StatusTarget = {
      ...fresh,
      chain: 'route',
      assumptions: [
        { name: 'capacity', state: 'broken', since: fresh.declared_at, words: 'cost is beyond its limit', remedy: '' },
      ],
    };
    const { stdout } = await warmspare(
      ['status'],
      statusOf([fresh, broken, { ...failing, chain: 'classify' }, { ...primary, chain: 'idle' }]),
    );
    expect(stdout.match(/^\w+(?= {2}\()/gm)).toEqual(['classify', 'route', 'summarize', 'idle']);
    expect(stdout).toContain('    ✗ capacity broken: cost is beyond its limit\n');
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

describe('retire', () => {
  const args = ['retire', '--chain', 'c', '--target', 't', '--service', 's'];

  it('sends what to retire, with the token from the environment', async () => {
    const { code, asked } = await warmspare(args, {
      answer: () => Response.json({ retired: 1 }),
      env: { WARMSPARE_TOKEN: 'x' },
    });
    expect(code).toBe(0);
    expect(asked[0]?.url).toBe('http://127.0.0.1:9464/api/retire');
    expect(JSON.parse(String(asked[0]?.init.body))).toEqual({ chain: 'c', target: 't', service: 's' });
    expect(asked[0]?.init.headers).toMatchObject({ authorization: 'Bearer x', 'content-type': 'application/json' });
  });

  it.each([
    [404, 1],
    [403, 2],
    [503, 2],
  ])('after an answer of %d exits with %d and the service’s own words', async (status, code) => {
    const answer = () => Response.json({ error: 'Its words.' }, { status });
    expect(await warmspare(args, { answer })).toMatchObject({ code, stderr: 'warmspare: Its words.\n' });
  });
});
