import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from './help.ts';
import { fresh, statusOf } from './testdata/status.ts';
import { warmspare } from './testdata/warmspare.ts';

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
    [
      ['frobnicate'],
      'unknown command frobnicate; commands are serve, check-config, status, explain, drill, retire, migrate',
    ],
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

describe('retire', () => {
  const args = ['retire', '--chain', 'c', '--target', 't', '--service', 's'];

  const row = { chain: 'c', target: 't', route_type: 'fallback', service: 's', environment: 'prod' };

  it('sends what to retire, with the token from the environment, and lists what went', async () => {
    const { code, asked, stdout } = await warmspare([...args, '--all', '--force'], {
      answer: () => Response.json({ retired: 1, rows: [row] }),
      env: { WARMSPARE_TOKEN: 'x' },
    });
    expect(code).toBe(0);
    expect(stdout).toBe('Retired, until a later announcement brings it back:\n  t, fallback of c  (s, prod)\n');
    expect(asked[0]?.url).toBe('http://127.0.0.1:9464/api/retire');
    expect(JSON.parse(String(asked[0]?.init.body))).toEqual({
      chain: 'c',
      target: 't',
      service: 's',
      all: true,
      force: true,
    });
    expect(asked[0]?.init.headers).toMatchObject({ authorization: 'Bearer x', 'content-type': 'application/json' });
  });

  it('lists with --dry-run what would go', async () => {
    const answer = () => Response.json({ retired: 0, rows: [row] });
    const { code, asked, stdout } = await warmspare([...args, '--dry-run'], { answer });
    expect([code, stdout]).toEqual([0, 'Would retire:\n  t, fallback of c  (s, prod)\n']);
    expect(JSON.parse(String(asked[0]?.init.body))).toMatchObject({ dry_run: true });
  });

  it.each([
    [403, {}, ''],
    [503, {}, ''],
    [
      409,
      { rows: [row, { ...row, environment: 'test' }] },
      '  t, fallback of c  (s, prod)\n  t, fallback of c  (s, test)\n',
    ],
  ])('after an answer of %d exits with 2, the service’s own words and the rows', async (status, more, rows) => {
    const answer = () => Response.json({ error: 'Its words.', ...more }, { status });
    expect(await warmspare(args, { answer })).toMatchObject({ code: 2, stderr: `warmspare: Its words.\n${rows}` });
  });

  it('says what there is where no row matches', async () => {
    const answer = (url: string) =>
      url.endsWith('/status.json')
        ? statusOf([{ ...fresh, chain: 'cc' }]).answer()
        : Response.json({ error: 'No row matches.', retired: 0, rows: [] }, { status: 404 });
    expect(await warmspare(args, { answer })).toMatchObject({
      code: 2,
      stderr: 'warmspare: no chain is called c; did you mean cc?\n',
    });
  });
});
