/** The demo as a person runs it, `node examples/app/demo.ts`: what it prints, how it ends, and that nothing of it is left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('../../examples/app/demo.ts', import.meta.url));
const ALERT = 'llm_fallback_target_status{llm_fallback_target_state=~"never_exercised|failing|stale"} == 1';

/** What happened in the demo, as the service counted it: labels of a series in their order, and its value. */
const COUNTED: readonly (readonly [string, string])[] = [
  ['calls_total gpt-5 success', '40'],
  ['calls_total gpt-5 error 503', '40'],
  ['calls_total claude-haiku success', '20'],
  ['calls_total claude-haiku schema_invalid', '20'],
  ['calls_total last-answer success', '10'],
  ['calls_total keyword-rules success', '10'],
  ['schema_checks_total claude-haiku valid', '20'],
  ['schema_checks_total claude-haiku invalid missing_required', '20'],
  ['chain_exhausted_total summarize-ticket', '0'],
  ['tokens_total gpt-5 output', '1560'],
  ['failover_duration_seconds_count claude-haiku error', '40'],
  ['cache_age_seconds_count last-answer', '10'],
];

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
  /** Resolves with the match once the output has it, rejects where the demo ends without it. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

let folder: string;
let run: Run | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warmspare-e2e-'));
});
afterEach(async () => {
  if (run !== undefined && groupIsAlive(run.child)) process.kill(-Number(run.child.pid), 'SIGKILL');
  run = undefined;
  await rm(folder, { recursive: true, force: true });
});

// It starts several processes: on a busy machine that takes its time.
describe('npm run demo', { timeout: 90_000 }, () => {
  it('shows an outage that every ticket survives, ends with the table and the alert, and leaves nothing behind', async () => {
    run = startDemo();
    expect(await run.ended, run.output()).toBe(0);
    const output = run.output();
    expect(output).toContain(ALERT);
    const [before = '', after = ''] = (output.split('would have fired before the outage')[1] ?? '').split(
      'and now for',
    );
    expect(before.match(/never_exercised/g)).toHaveLength(3);
    expect(after.trim()).toBe('summarize-ticket / claude-haiku: failing');
    expect(output).toMatch(/claude-haiku +fallback +✗ failing .*schema_invalid/);
    expect(output).toMatch(/keyword-rules +heuristic +● fresh/);
    expect(output.match(/(?<=all answered: ).*/g)).toEqual([
      '40 by the primary',
      '20 by the fallback',
      '10 by the heuristic',
      '10 by the cache',
    ]);
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const pasted = /<!-- demo-output -->\s*```text\n(.*?)```/s.exec(readme)?.[1] ?? '';
    expect(pasted.split('\n').length).toBeGreaterThan(12);
    expect(timeless(output), 'README.md shows how the demo ends').toContain(timeless(pasted));
    expect(timeless(output).endsWith(timeless(pasted))).toBe(true);
    expect(groupIsAlive(run.child)).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is not disturbed by a taken port, keeps running with --keep, and stops cleanly on Ctrl-C', async () => {
    const taker = await take(9464);
    try {
      run = startDemo('--keep');
      const [, page = ''] = await run.until(/Status page: (\S+)/);
      expect(page).not.toContain(':9464');
      expect((await fetch(page)).status).toBe(200);
      const metrics = await (await fetch(`${page}metrics`)).text();
      for (const [labels, value] of COUNTED) expect(metrics.match(sample(labels))?.[1], labels).toBe(value);
      const [, app = ''] = await run.until(/POST (\S+)/);
      const answer = await fetch(app, { method: 'POST', body: JSON.stringify({ id: 'T-9', text: 'We are down' }) });
      expect(await answer.json()).toMatchObject({ urgency: 'high', answered_by: 'cache' });
      run.child.kill('SIGINT');
      expect(await run.ended, run.output()).toBe(0);
      expect(groupIsAlive(run.child)).toBe(false);
    } finally {
      taker?.close();
    }
  });

  it('takes its processes along even when it is killed', async () => {
    run = startDemo();
    await run.until(/gpt-5 is down/);
    run.child.kill('SIGKILL');
    await run.ended;
    // The app may still try for ten seconds to send its last spans to a service that is gone.
    await expect.poll(() => run !== undefined && groupIsAlive(run.child), { timeout: 20_000 }).toBe(false);
  });

  it('an interruption in the middle leaves nothing behind and says so by its exit code', async () => {
    run = startDemo();
    await run.until(/gpt-5 is down/);
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(130);
    expect(groupIsAlive(run.child)).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });
});

function startDemo(...args: readonly string[]): Run {
  const { FORCE_COLOR: _, ...env } = process.env;
  // A process group of its own, so that one look tells whether any process of it is left.
  const child = spawn(process.execPath, [DEMO, ...args], {
    detached: true,
    env: { ...env, TMPDIR: folder, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(output);
        if (found !== null) resolve(found);
      };
      child.stdout.on('data', look);
      void ended.then(() => reject(new Error(`the demo ended without ${pattern}:\n${output}`)));
      look();
    });
  return { child, ended, output: () => output, until };
}

function sample(labels: string): RegExp {
  const [name, ...values] = labels.split(' ');
  return new RegExp(`^llm_fallback_${name}\\{.*${values.map((value) => `="${value}"`).join('.*')}.*\\} (\\S+)$`, 'm');
}

function timeless(text: string): string {
  return text.replace(/just now|\d+ seconds? ago|under a second|\d+ seconds?(?=,)/g, '<when>').trim();
}

function groupIsAlive({ pid }: ChildProcess): boolean {
  try {
    process.kill(-Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

/** Undefined where something else on this machine has the port already, which is as good. */
function take(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
