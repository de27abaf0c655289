import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../output/status-json.ts';
import { receiveMetrics } from '../testdata/exported-counts.ts';

const bin = fileURLToPath(new URL('../../bin/warmspare.js', import.meta.url));

interface Ready {
  readonly admin: string;
  readonly otlp: string;
}

let directory: string;
let running: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warmspare-process-'));
});

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  running = [];
  rmSync(directory, { recursive: true });
});

function warmspare(...args: string[]) {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const lines: string[] = [];
  let rest = '';
  const waiting = new Set<() => void>();
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const look of waiting) look();
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  /** Resolves with the first line that has the text; rejects when the process ends without it. */
  const line = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = lines.find((candidate) => candidate.includes(text));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      void ended.then((code) => reject(new Error(`ended with ${code} and without "${text}":\n${lines.join('\n')}`)));
      look();
    });
  return { child, lines, ended, line };
}

async function ready(service: ReturnType<typeof warmspare>): Promise<Ready> {
  const { addresses } = JSON.parse(await service.line('warmspare is ready')) as {
    addresses: { what: string; url: string }[];
  };
  const urlOf = (what: string) => addresses.find((address) => address.what === what)?.url ?? '';
  return { admin: urlOf('admin'), otlp: urlOf('OTLP/HTTP') };
}

function configFile(text: string): string {
  const path = join(directory, 'warmspare.yaml');
  writeFileSync(path, text);
  return path;
}

const anyPorts = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }
admin: { endpoint: 127.0.0.1:0 }
`;
const chain = (maxAge: string) => `
chains:
  - name: summarize
    max_age: ${maxAge}
    targets: [ { name: gpt, type: primary }, { name: claude, type: fallback } ]
`;

/** One successful drill of target `t`, as OTLP/JSON. */
function sendAttempt(
  otlp: string,
  more: Readonly<Record<string, string>> = {},
  spanId = 'b2'.repeat(8),
): Promise<Response> {
  const attribute = ([key, stringValue]: [string, string]) => ({ key, value: { stringValue } });
  const attributes = Object.entries({
    [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'c',
    [ATTR_LLM_FALLBACK_TARGET_NAME]: 't',
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
    [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
  }).map(attribute);
  const end = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId: 'a1'.repeat(16),
    spanId,
    name: 'c t',
    startTimeUnixNano: String(end - 1_000_000n),
    endTimeUnixNano: String(end),
    attributes,
  };
  const resource = { attributes: [attribute(['service.name', 'shop'])] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  const headers = { 'content-type': 'application/json', ...more };
  return fetch(`${otlp}/v1/traces`, { method: 'POST', headers, body });
}

describe('the process', () => {
  it('serves, keeps its evidence in warmspare.db, and ends with 0 on SIGTERM', async () => {
    const service = warmspare('serve', '--config', configFile(anyPorts));
    const { admin } = await ready(service);
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${admin}/metrics`)).text()).toContain('warmspare_batches_total 0');
    expect(existsSync(join(directory, 'warmspare.db'))).toBe(true);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    for (const line of service.lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('ends with 2 for a wrong configuration and names the problem', async () => {
    const service = warmspare('serve', '--config', configFile('admni: {}'));
    expect(await service.ended).toBe(2);
    expect(service.lines.join('\n')).toContain('warmspare.yaml:1:1  admni: is not a known key; did you mean admin?');
    expect(existsSync(join(directory, 'warmspare.db'))).toBe(false);
  });

  it('names a taken port and the key that moves it', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const service = warmspare(
        'serve',
        '--config',
        configFile(`${anyPorts.trim().split('\n')[0]}\nadmin: { endpoint: 127.0.0.1:${port} }`),
      );
      expect(await service.ended).toBe(2);
      expect(service.lines.join('\n')).toBe(
        `warmspare: 127.0.0.1:${port} is taken by another process. Stop that one, or set another port at admin.endpoint.`,
      );
      expect(existsSync(join(directory, 'warmspare.db'))).toBe(false);
    } finally {
      other.close();
    }
  });

  it('refuses a store that another process has open', async () => {
    const config = configFile(anyPorts);
    await ready(warmspare('serve', '--config', config));
    const second = warmspare('serve', '--config', config);
    expect(await second.ended).toBe(2);
    expect(second.lines.join('\n')).toContain('store.sqlite.path is warmspare.db');
  });

  it('names a directory of the store that does not exist', async () => {
    const service = warmspare(
      'serve',
      '--config',
      configFile(`${anyPorts}store: { sqlite: { path: ${directory}/none/w.db } }`),
    );
    expect(await service.ended).toBe(2);
    expect(service.lines.join('\n')).toBe(
      `warmspare: The directory ${directory}/none does not exist. Create it, or set another store.sqlite.path.`,
    );
  });

  it('takes a new policy on SIGHUP, and keeps the old one when the new file is wrong', async () => {
    const service = warmspare('serve', '--config', configFile(anyPorts + chain('1h')));
    const { admin } = await ready(service);
    const maxAge = async () => {
      const { targets } = (await (await fetch(`${admin}/status.json`)).json()) as {
        targets: { target: string; max_age: number }[];
      };
      return targets.find(({ target }) => target === 'claude')?.max_age;
    };
    expect(await maxAge()).toBe(3600);
    configFile(anyPorts + chain('2h'));
    service.child.kill('SIGHUP');
    await service.line('configuration reloaded');
    expect(await maxAge()).toBe(7200);
    configFile(anyPorts + chain('2'));
    service.child.kill('SIGHUP');
    expect(await service.line('configuration not reloaded, the old one stays')).toContain(
      'is a duration without a unit',
    );
    expect(await maxAge()).toBe(7200);
  });

  it('reads rotated tokens on SIGHUP, and keeps the old ones when their file is gone', async () => {
    const token = join(directory, 'token');
    writeFileSync(token, 'old\n');
    const protocol = `http: { endpoint: 127.0.0.1:0, auth: { token_file: ${token} } }`;
    const admin = 'admin: { endpoint: 127.0.0.1:0 }';
    const service = warmspare(
      'serve',
      '--config',
      configFile(`receivers: { otlp: { protocols: { ${protocol} } } }\n${admin}`),
    );
    const { otlp } = await ready(service);
    const statusWith = async (text: string) => (await sendAttempt(otlp, { authorization: `Bearer ${text}` })).status;
    expect([await statusWith('old'), await statusWith('new')]).toEqual([200, 401]);
    writeFileSync(token, 'old\nnew\n');
    service.child.kill('SIGHUP');
    await service.line('configuration reloaded');
    expect([await statusWith('old'), await statusWith('new')]).toEqual([200, 200]);
    rmSync(token);
    service.child.kill('SIGHUP');
    expect(await service.line('configuration not reloaded')).toContain('receivers.otlp.protocols.http.auth.token_file');
    expect(await statusWith('new')).toBe(200);
  });

  it('exports a last time before it ends', async () => {
    const paths: (string | undefined)[] = [];
    const collector = createHttpServer((request, response) => {
      paths.push(request.url);
      request.resume().on('end', () => response.writeHead(200).end());
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const { port } = collector.address() as AddressInfo;
    try {
      const exporter = `exporters: { otlp: { endpoint: "http://127.0.0.1:${port}", interval: 1h } }\n`;
      const service = warmspare('serve', '--config', configFile(anyPorts + exporter));
      await ready(service);
      expect(paths).toEqual([]);
      service.child.kill('SIGTERM');
      expect(await service.ended).toBe(0);
      expect(paths).toEqual(['/v1/metrics']);
    } finally {
      collector.close();
    }
  });

  it('sends deltas once over kill -9: what came after the last export comes with the first of the next process', async () => {
    const receiver = await receiveMetrics(METRIC_LLM_FALLBACK_CALLS);
    const exporter = `exporters: { otlp: { endpoint: "${receiver.endpoint}", interval: 1s, temporality: delta } }\n`;
    const config = configFile(anyPorts + exporter);
    try {
      const first = warmspare('serve', '--config', config);
      const { otlp } = await ready(first);
      for (const id of ['01', '02', '03']) await sendAttempt(otlp, {}, id.repeat(8));
      await receiver.until(() => receiver.total === 3);
      // An export begins when the one before is kept.
      await receiver.until(() => true);
      receiver.accepts = false;
      for (const id of ['04', '05']) expect((await sendAttempt(otlp, {}, id.repeat(8))).status).toBe(200);
      first.child.kill('SIGKILL');
      await first.ended;
      receiver.accepts = true;
      const second = warmspare('serve', '--config', config);
      await sendAttempt((await ready(second)).otlp, {}, '06'.repeat(8));
      await receiver.until(() => receiver.total >= 6);
      second.child.kill('SIGTERM');
      expect(await second.ended).toBe(0);
      expect(receiver.total).toBe(6);
    } finally {
      receiver.close();
    }
  });

  it('loses nothing that it has acknowledged when it is killed', async () => {
    const config = configFile(anyPorts);
    const first = warmspare('serve', '--config', config);
    const { otlp, admin } = await ready(first);
    const before = (await (await fetch(`${admin}/status.json`)).json()) as StatusDocument;
    expect((await sendAttempt(otlp)).status).toBe(200);
    first.child.kill('SIGKILL');
    await first.ended;

    const again = await ready(warmspare('serve', '--config', config));
    const after = (await (await fetch(`${again.admin}/status.json`)).json()) as StatusDocument;
    expect(after.targets).toMatchObject([{ service: 'shop', chain: 'c', target: 't', state: 'fresh' }]);
    expect(after.instance_id).toBe(before.instance_id);
  });

  it('answers status with 2 while no telemetry has arrived', async () => {
    const { admin } = await ready(warmspare('serve', '--config', configFile(anyPorts)));
    const status = warmspare('status', '--url', admin);
    expect(await status.ended).toBe(2);
  });
});
