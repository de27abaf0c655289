/** The packed command on the oldest Node.js that it names: what only an old one does wrong. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
} from '@warmspare/semconv';
import { afterAll, expect, it } from 'vitest';
import { type Child, startChild } from '../system/child.ts';
import { eventually } from '../system/eventually.ts';
import { placeService } from '../system/service.ts';
import { installApp, installNode } from './install.ts';
import { pack, ROOT } from './pack.ts';

const base = await mkdtemp(join(tmpdir(), 'warmspare-oldest-'));
afterAll(() => rm(base, { recursive: true, force: true }));

const ROWS = 5000;

/** One success of each of many fallbacks. */
function request(): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const spans = Array.from({ length: ROWS }, (_, index) => ({
    traceId: 'a'.repeat(32),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: 'chat',
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now),
    attributes: [
      text(ATTR_LLM_FALLBACK_CHAIN_NAME, 'summarize'),
      text(ATTR_LLM_FALLBACK_TARGET_NAME, `t${index}`),
      text(ATTR_LLM_FALLBACK_ROUTE_TYPE, 'fallback'),
      text(ATTR_LLM_FALLBACK_CALL_OUTCOME, 'success'),
    ],
  }));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** A write that breaks a rule of its table, and one that does not. */
const REFUSED = `
import { openSqliteStore } from './node_modules/@warmspare/processor/dist/store/sqlite/sqlite.js';
const { sent, close } = await openSqliteStore({ path: 'refused.db' });
const record = { series: 's', value: 1, sum: 1, counts: [], startTime: 1, at: 1 };
console.log(await sent.put('otlp', [record, { ...record, series: null }], []).catch((error) => error.name));
await sent.put('otlp', [{ ...record, series: 'next' }], []);
await sent.begin('otlp', '');
await sent.load('otlp', '', (records) => console.log(records.map(({ series }) => series).join()));
await close();
`;

const { engines } = JSON.parse(await readFile(join(ROOT, 'processor/package.json'), 'utf8')) as {
  readonly engines: { readonly node: string };
};
const [node, { folder }] = await Promise.all([
  installNode(base, engines.node.replace('>=', '')),
  installApp(base, await pack(base), {}),
]);

it('keeps nothing of a write that was refused, and takes the next one', async () => {
  await writeFile(join(folder, 'refused.mjs'), REFUSED);
  const child = startChild(node, ['refused.mjs'], folder);
  await child.ended;
  expect(child.output()).toContain('StoreUnavailable\nnext\n');
  expect(child.exitCode()).toBe(0);
});

it('finds again all that it wrote', async () => {
  const { admin, otlp } = await placeService(folder, '');
  const start = async (): Promise<Child> => {
    const command = 'node_modules/@warmspare/processor/bin/warmspare.js';
    const child = startChild(node, [command, 'serve', '--config', 'warmspare.yaml'], folder);
    await eventually('the service is ready', async () => {
      if (child.exitCode() !== undefined) throw new Error(child.output());
      return (await fetch(`${admin}/readyz`)).ok || undefined;
    });
    return child;
  };

  const first = await start();
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`${otlp}/v1/traces`, { method: 'POST', headers, body: request() })).status).toBe(200);
  await first.end('SIGTERM');
  const second = await start();
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  expect(metrics.split('\nllm_fallback_time_since_last_success_seconds{').length - 1).toBe(ROWS);
  await second.end('SIGTERM');
});
