/** Sends the command requests that cost as much as their limits allow, and says how long each kept others waiting and what it took. Linux only. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startCommand } from './command.ts';

const BODY = 20 * 1024 * 1024 - 1000;
const now = Date.now();
let id = 1;
const hex = (digits: number): string => (id++).toString(16).padStart(digits, '0');
const text = (key: string, value: string): string => `{"key":"${key}","value":{"stringValue":"${value}"}}`;
const span = (...attributes: readonly string[]): string =>
  `{"traceId":"${hex(32)}","spanId":"${hex(16)}","endTimeUnixNano":"${now}000000","attributes":[${attributes}]}`;
const inScope = (spans: string): string =>
  `{"resourceSpans":[{"resource":{"attributes":[${text('service.name', 's')}]},"scopeSpans":[{"spans":[${spans}]}]}]}`;
const upTo = (count: number, make: (index: number) => string): string => {
  const made: string[] = [];
  let size = 0;
  for (let index = 0; index < count && size < BODY; index++) {
    const each = make(index);
    size += each.length + 1;
    if (size < BODY) made.push(each);
  }
  return made.join();
};
const ofTrace = (index: number): string =>
  `{"traceId":"${'a'.repeat(32)}","spanId":"${hex(16)}","endTimeUnixNano":"${now}000000","status":{"code":2},"attributes":[${text('gen_ai.operation.name', 'chat')},${text('gen_ai.request.model', `m${index % 300}`)}]}`;
const attempt = (chain: string): string =>
  span(
    text('llm_fallback.chain.name', chain),
    text('llm_fallback.target.name', 't'),
    text('llm_fallback.route.type', 'fallback'),
  );

const BODIES: Readonly<Record<string, () => string>> = {
  'seven million empty objects': () => `{"resourceSpans":[${'{},'.repeat(6_900_000)}{}]}`,
  '495,000 empty spans': () => inScope(`${'{},'.repeat(494_999)}{}`),
  '99,000 spans of ids alone': () => inScope(upTo(99_000, () => span())),
  '70,000 attempts of one target': () => inScope(upTo(70_000, () => attempt('c'))),
  '9,000 new chains': () => inScope(upTo(9_000, (index) => attempt(`c${index}`))),
  '60,000 failed calls of one trace': () => inScope(upTo(60_000, ofTrace)),
  'one text of 20 MB': () => inScope(`{"name":"${'\\u00e9'.repeat(3_400_000)}"}`),
  'a million keys': () => `{"resourceSpans":[],${upTo(999_000, (index) => `"k${index}":1`)}}`,
};

console.log('| request | answer | longest wait of others, ms | peak RSS, MiB |\n|---|---|---|---|');
for (const [name, make] of Object.entries(BODIES)) {
  const folder = mkdtempSync(join(tmpdir(), 'warmspare-hostile-'));
  const body = gzipSync(make());
  const { otlp, admin, pid, stop } = await startCommand(folder);
  let longest = 0;
  let isOver = false;
  const probing = (async () => {
    while (!isOver) {
      const since = performance.now();
      await (await fetch(`${admin}/healthz`)).text();
      longest = Math.max(longest, performance.now() - since);
    }
  })();
  // The first requests load code.
  await new Promise((resolve) => setTimeout(resolve, 500));
  longest = 0;
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const answer = await fetch(`${otlp}/v1/traces`, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  isOver = true;
  await probing;
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  console.log(`| ${name} | ${answer.status} | ${longest.toFixed(0)} | ${(Number(peak) / 1024).toFixed(0)} |`);
  await stop();
  rmSync(folder, { recursive: true });
}
