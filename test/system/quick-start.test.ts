/** The quick start of the README, word for word: its blocks run in an empty home with npm's defaults until the alert fires, and until it ends. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { type Block, blocksBelow } from './readme-blocks.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What goes on in a terminal of its own. */
const LASTING = /^(npx warmspare serve|prometheus) ?.*$/m;
/** The clone is built already. */
const BUILT = 'npm ci && npm run build && ';
const MINUTES = 5;

const running: ChildProcess[] = [];
let home: string;
afterEach(async () => {
  for (const child of running.splice(0).reverse()) {
    if (child.pid === undefined || child.exitCode !== null) continue;
    process.kill(-child.pid, 'SIGKILL');
    await once(child, 'exit');
  }
  await rm(home, { recursive: true, force: true });
});

test('a new user has an alert that fires and, by a drill, ends, within five minutes', async () => {
  const began = Date.now();
  home = await mkdtemp(join(tmpdir(), 'warmspare-walk-'));
  const folder = join(home, 'warmspare');
  const { NODE_ENV: _, ...inherited } = process.env;
  const env = { ...inherited, HOME: home, PATH: `${dirname(process.execPath)}:${inherited.PATH}` };
  const shell = async (text: string, cwd: string): Promise<string> => {
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', text], { cwd, env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  };
  const said: string[] = [];
  const walk = async ({ text, file }: Block): Promise<void> => {
    if (file !== undefined) return writeFile(join(folder, file), text);
    const [lasting] = LASTING.exec(text) ?? [];
    said.push(await shell(text.replace(BUILT, '').replace(LASTING, ''), said.length === 0 ? ROOT : folder));
    if (lasting === undefined) return;
    running.push(spawn('bash', ['-c', `exec ${lasting}`], { cwd: folder, env, detached: true, stdio: 'ignore' }));
    await eventually(`${lasting} answers`, async () => {
      const port = lasting.startsWith('npx') ? '9464/readyz' : '9090/-/ready';
      return (await fetch(`http://127.0.0.1:${port}`)).ok || undefined;
    });
  };
  const alert = async (): Promise<string | undefined> => {
    const { data } = (await (await fetch('http://127.0.0.1:9090/api/v1/alerts')).json()) as {
      data: { alerts: readonly { state: string; labels: Readonly<Record<string, string>> }[] };
    };
    const [first] = data.alerts;
    return first && `${first.state} ${first.labels.llm_fallback_chain_name} / ${first.labels.llm_fallback_target_name}`;
  };

  await mkdir(folder, { recursive: true });
  const blocks = await blocksBelow('README.md', 'Quick start: one alert, in five minutes');
  const drill = blocks.findIndex(({ text }) => text.includes('--drill') && text.startsWith('node'));
  for (const block of blocks.slice(0, drill)) await walk(block);
  await eventually(
    'the alert fires',
    async () => ((await alert()) === 'firing greet / rules' ? true : undefined),
    90_000,
  );
  const exported = 'export OTEL_SERVICE_NAME=greeter OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318\n';
  await walk({ ...(blocks[drill] as Block), text: exported + (blocks[drill]?.text ?? '') });
  await eventually('the alert ends', async () => ((await alert()) === undefined ? true : undefined), 60_000);

  expect(said.join('')).toContain('Dear Ada, how wonderful to see you!');
  expect(said.join('')).toMatch(/rules +heuristic +○ never exercised/);
  expect(said.at(-1)).toMatch(/^Hello Ada\n[\s\S]*rules +heuristic +● fresh/);
  const app = blocks.find(({ file }) => file === 'app.js')?.text ?? '';
  await writeFile(join(folder, 'app.mjs'), app.replace(/= require\((.*)\)/, 'from $1').replace('const {', 'import {'));
  const asModule = 'node --import @warmspare/instrumentation/register app.mjs';
  expect(await shell(exported + asModule, folder)).toContain('Dear Ada');
  expect((Date.now() - began) / 60_000, 'minutes').toBeLessThan(MINUTES);
  console.log(`the quick start took ${Math.round((Date.now() - began) / 1000)} s`);
}, 400_000);
