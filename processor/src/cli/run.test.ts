import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from './help.ts';
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
