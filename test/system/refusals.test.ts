/** What the running service refuses, what it says then, and that nothing acknowledged is lost by it. */
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StatusType } from '../bench/reference.ts';
import { startChild } from './child.ts';
import { otlpBody, sendBody } from './otlp-body.ts';
import { placeService, type Service, startService } from './service.ts';

const PROGRAM = fileURLToPath(new URL('../../processor/bin/warmspare.js', import.meta.url));
const PROTOBUF = 'application/x-protobuf';
const good = otlpBody('support-api', [
  { id: 1, chain: 'summarize-ticket', rank: 1, outcome: 'success', endTime: Date.now() },
]);

const RECEIVERS =
  'receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 }, grpc: { endpoint: 127.0.0.1:0 } } } }\n';
const PORTS = `${RECEIVERS}admin: { endpoint: 127.0.0.1:0 }\n`;

let directory = '';
let service: Service;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warmspare-refusals-'));
  service = await startService(await placeService(directory, ''));
  expect(await sendBody(service.otlp, good)).toBe(true);
});
afterAll(async () => {
  await service.kill();
  await rm(directory, { recursive: true, force: true });
});

describe('a request', () => {
  test.each<[string, number, string, RequestInit]>([
    ['whose body is no protobuf', 400, '/v1/traces', post(PROTOBUF, Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0x0f))],
    ['that is cut off', 400, '/v1/traces', post(PROTOBUF, good.subarray(0, good.length - 7))],
    ['of another content type', 415, '/v1/traces', post('text/plain', good)],
    ['with another method', 405, '/v1/traces', { method: 'PUT', headers: { 'content-type': PROTOBUF }, body: good }],
    ['to a path that is not served', 404, '/v1/nothing', post(PROTOBUF, good)],
    ['that is larger than the limit', 413, '/v1/traces', post(PROTOBUF, new Uint8Array(20 * 1024 * 1024 + 1))],
  ])('%s is answered with %i', async (_name, status, path, init) => {
    const before = await counted();
    const response = await fetch(`${service.otlp}${path}`, init);
    expect(response.status).toBe(status);
    const body = new Uint8Array(await response.arrayBuffer());
    const said = response.headers.get('content-type')?.includes('protobuf')
      ? String(StatusType.toObject(StatusType.decode(body)).message)
      : new TextDecoder().decode(body);
    expect(said).toMatch(/\w{3}/);
    expect(await counted()).toBe(before);
  });

  test('that is good is still answered with 200 after all of them, and counted once', async () => {
    expect(await sendBody(service.otlp, good)).toBe(true);
    expect(await counted()).toBe(1);
  });
});

describe('warmspare serve', () => {
  test('refuses an unknown key with its path and exit code 2', async () => {
    const { code, output } = await serve(
      'chains:\n  - name: c\n    max_agee: 1h\n    targets: [{ name: p, type: primary }]\n',
    );
    expect(output).toContain('chains[0].max_agee');
    expect(code).toBe(2);
  });

  test('names the port that is taken and the key that changes it', async () => {
    const { code, output } = await serve(`admin: { endpoint: 127.0.0.1:${service.adminPort} }\n${RECEIVERS}`);
    expect(output).toContain(`127.0.0.1:${service.adminPort}`);
    expect(output).toContain('admin.endpoint');
    expect(code).not.toBe(0);
  });

  test('refuses a store that another one has open', async () => {
    const path = join(directory, 'warmspare.db');
    const { code, output } = await serve(`store: { sqlite: { path: ${JSON.stringify(path)} } }\n${PORTS}`);
    expect(output).toContain(path);
    expect(code).not.toBe(0);
  });

  test('refuses a file of another program, and leaves it as it is', async () => {
    const path = join(directory, 'other.js');
    await copyFile(PROGRAM, path);
    const { code, output } = await serve(`store: { sqlite: { path: ${JSON.stringify(path)} } }\n${PORTS}`);
    expect(output).toContain(path);
    expect(code).toBe(2);
    expect(await readFile(path)).toEqual(await readFile(PROGRAM));
  });

  test('sets a damaged store aside, says so, and starts', async () => {
    const folder = join(directory, 'damaged');
    await mkdir(folder);
    const place = await placeService(folder, '');
    const before = await startService(place);
    expect(await sendBody(before.otlp, good)).toBe(true);
    await before.stop();
    await truncate(join(folder, 'warmspare.db'), 5000);
    const started = await startService(place);
    try {
      expect(started.output()).toMatch(/damaged/i);
      expect(await sendBody(started.otlp, good)).toBe(true);
      const metrics = await (await fetch(`${started.admin}/metrics`)).text();
      expect(metrics).toMatch(/^warmspare_store_damage(\{.*\})? 1/m);
    } finally {
      await started.kill();
    }
  });
});

/** Runs a service that is expected to end by itself. */
async function serve(config: string): Promise<{ code: number | undefined; output: string }> {
  const folder = await mkdtemp(join(directory, 'serve-'));
  await writeFile(join(folder, 'warmspare.yaml'), config);
  const child = startChild(process.execPath, [PROGRAM, 'serve', '--config', 'warmspare.yaml'], folder);
  const impatience = setTimeout(() => child.end('SIGKILL'), 20_000);
  await child.ended;
  clearTimeout(impatience);
  return { code: child.exitCode(), output: child.output() };
}

/** The fallback's successes, as `/metrics` counts them. */
async function counted(): Promise<number> {
  const text = await (await fetch(`${service.admin}/metrics`)).text();
  const line = text.split('\n').find((each) => /^llm_fallback_calls_total\{.*claude-haiku.*"success"/.test(each));
  return Number(/\} (\S+)/.exec(line ?? '')?.[1]);
}

function post(contentType: string, body: Uint8Array<ArrayBuffer>): RequestInit {
  return { method: 'POST', headers: { 'content-type': contentType }, body };
}
