import { gunzipSync } from 'node:zlib';
import {
  ATTR_SERVICE_NAME,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import type { MetricPoint } from '../types/metric.ts';
import type { PipelineHealth, RetireSelector } from '../types/pipeline.ts';
import type { Snapshot, TargetSnapshot } from '../types/snapshot.ts';
import { createAdminApp } from './admin.ts';

const now = Date.UTC(2026, 0, 15);
const service = { namespace: 'shop', name: 'support-api', environment: '' };
const target: TargetSnapshot = {
  service,
  chain: 'summarize <ticket>',
  target: 'claude-haiku',
  routeType: 'fallback',
  rank: 1,
  attributes: {},
  placeholder: false,
  inferred: false,
  undeclared: false,
  overflow: false,
  declaredAt: now - 12 * 86_400_000,
  lastAttempt: undefined,
  lastSuccess: undefined,
  lastFailure: undefined,
  lastSuccessKind: undefined,
  lastServed: undefined,
  lastUnserved: undefined,
  state: 'never_exercised',
  timeSinceLastSuccess: 12 * 86_400,
  maxAge: 86_400,
  assumptions: [],
  drift: [],
  headroom: [],
  turns: [],
  activity: undefined,
};
const snapshot: Snapshot = {
  now,
  instanceId: 'i-1',
  startedAt: now - 1000,
  targets: [target],
  counters: [],
  histograms: [],
  chains: [],
  watermarks: [{ service, attributes: {}, at: now }],
  unassigned: [],
  unknownWords: [{ table: 'finish_reason', word: 'moon', count: 7 }],
};

/** Enough for an answer that is worth compressing. */
const many = Array.from(
  { length: 50 },
  (_, index): MetricPoint => ({
    kind: 'gauge',
    name: METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
    service,
    attributes: { [ATTR_SERVICE_NAME]: `service-${index}` },
    value: index,
  }),
);

interface Overrides {
  readonly onLoopback?: boolean;
  readonly token?: string;
  readonly unready?: readonly string[];
  readonly health?: Partial<PipelineHealth>;
  readonly retire?: (selector: RetireSelector) => Promise<number>;
  readonly snapshot?: () => Snapshot;
  readonly metrics?: (snapshot: Snapshot) => Iterable<MetricPoint>;
  readonly histograms?: 'classic' | 'off';
}

function start({
  token,
  onLoopback = true,
  unready = [],
  health = {},
  retire = () => Promise.resolve(1),
  histograms = 'classic',
  ...more
}: Overrides = {}) {
  const asked: RetireSelector[] = [];
  const tokens = token === undefined ? undefined : [{ tokens: token, services: undefined }];
  const app = createAdminApp({
    pipeline: {
      snapshot: () => snapshot,
      metrics: () => [
        { kind: 'gauge', name: METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP, service, attributes: {}, value: 5 },
        ...many,
      ],
      retire: (selector) => {
        asked.push(selector);
        return retire(selector);
      },
      ...more,
      health: () => ({
        storeAvailable: true,
        storeError: undefined,
        damage: undefined,
        clockError: undefined,
        queued: 0,
        ...health,
      }),
    },
    selfMetrics: () => [],
    now: () => now,
    tokens: () => tokens,
    histograms: () => histograms,
    page: () => ({ version: '1.2.3', traceUrl: undefined }),
    onLoopback,
    unready: () => unready,
    log: createLog({ write: () => undefined }, 'silent'),
  });
  const call = (path: string, init: RequestInit = {}, remoteAddress = '127.0.0.1') =>
    app.request(`http://127.0.0.1:9464${path}`, init, { incoming: { socket: { remoteAddress } } });
  const post = (body: unknown, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
    call(
      '/api/retire',
      {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { host: '127.0.0.1:9464', 'content-type': 'application/json', ...headers },
      },
      remoteAddress,
    );
  return { call, post, asked };
}

const ROW = { chain: 'summarize <ticket>', target: 'claude-haiku' };

describe('reading', () => {
  it('gives metrics in the format that was asked for', async () => {
    const { call } = start();
    const text = await call('/metrics');
    expect(text.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await text.text()).toContain('llm_fallback_watermark_timestamp_seconds 5\n');
    const open = await call('/metrics', { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
    expect(open.headers.get('content-type')).toContain('application/openmetrics-text');
  });

  it('leaves histograms out of the metrics where they are off', async () => {
    const histogram = {
      kind: 'histogram',
      name: METRIC_LLM_FALLBACK_CALL_DURATION,
      service,
      attributes: {},
      bounds: [1],
      counts: [1, 0],
      sum: 1,
      count: 1,
      startTime: 0,
    } as const;
    const metrics = () => [histogram];
    expect(await (await start({ metrics }).call('/metrics')).text()).toContain('_bucket');
    expect(await (await start({ metrics, histograms: 'off' }).call('/metrics')).text()).toBe('');
  });

  it.each([
    [undefined, 'text/plain'],
    ['*/*', 'text/plain'],
    ['text/html, */*;q=0.1', 'text/plain'],
    ['application/json', 'text/plain'],
    ['application/openmetrics-text', 'application/openmetrics-text'],
    ['application/openmetrics-text;q=0', 'text/plain'],
    ['application/openmetrics-text; version=1.0.0; q=0.0', 'text/plain'],
    ['application/openmetrics-text;q=0.1, text/plain', 'text/plain'],
    ['application/openmetrics-text;q=0.5, */*;q=0.8', 'text/plain'],
    ['application/openmetrics-text;q=0.5, */*;q=0.8, text/plain;q=0.2', 'application/openmetrics-text'],
    ['text/*;q=0.3,application/openmetrics-text;q=0.4', 'application/openmetrics-text'],
    ['application/openmetrics-text;q=2, text/plain;q=0.2', 'text/plain'],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'application/openmetrics-text',
    ],
  ])('answers accept %j with %s, and says that it varies', async (accept, type) => {
    const { call } = start();
    const response = await call('/metrics', { headers: accept === undefined ? {} : { accept } });
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('vary')?.split(/, */)).toContain('Accept');
    const zipped = await call('/metrics', {
      headers: { ...(accept !== undefined && { accept }), 'accept-encoding': 'gzip' },
    });
    expect(zipped.headers.get('vary')?.split(/, */)).toEqual(expect.arrayContaining(['Accept', 'Accept-Encoding']));
  });

  it('takes one snapshot for scrapes that overlap, and another once they are read', async () => {
    let taken = 0;
    const { call } = start({
      snapshot: () => {
        taken++;
        return snapshot;
      },
    });
    const bodies = await Promise.all(Array.from({ length: 30 }, () => call('/metrics')));
    const readers = bodies.map(({ body }) => body?.getReader());
    await Promise.all(readers.map((reader) => reader?.read()));
    await (await call('/metrics')).text();
    expect(taken).toBe(1);
    for (const reader of readers) await reader?.cancel();
    await (await call('/metrics')).text();
    expect(taken).toBe(2);
  });

  it('makes metrics from the moment of the request, no faster than they are read, and stops when the scraper goes away', async () => {
    let moment = 1;
    let made = 0;
    let ended = false;
    const { call } = start({
      snapshot: () => ({ ...snapshot, now: moment }),
      *metrics({ now: value }) {
        const name = METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP;
        try {
          for (; made < 100_000; made++) yield { kind: 'gauge', name, service, attributes: {}, value };
        } finally {
          ended = true;
        }
      },
    });
    const reader = (await call('/metrics')).body?.getReader();
    moment = 2;
    const first = await reader?.read();
    const samples = new TextDecoder().decode(first?.value).split('\n').slice(2, -1);
    expect(new Set(samples)).toEqual(new Set(['llm_fallback_watermark_timestamp_seconds 1']));
    expect(made).toBeLessThan(10_000);
    await reader?.cancel();
    expect(ended).toBe(true);
    expect(made).toBeLessThan(10_000);
  });

  it.each(['text/plain', 'application/openmetrics-text'])('compresses %s for whoever takes it', async (accept) => {
    const { call } = start();
    const plain = await call('/metrics', { headers: { accept } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    const packed = await call('/metrics', { headers: { accept, 'accept-encoding': 'gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await packed.arrayBuffer()).toString()).toBe(await plain.text());
  });

  it('gives the status as JSON', async () => {
    const { call } = start();
    const status = (await (await call('/status.json')).json()) as Record<string, unknown>;
    expect(status).toMatchObject({
      verdict: 'not_fresh',
      reason: 'The one fallback may not work: 1 never exercised.',
      targets: [
        {
          service: 'support-api',
          state: 'never_exercised',
          sentence: 'Never exercised since it was declared 12 days ago.',
        },
      ],
      services: [{ service: 'support-api', namespace: 'shop', newest_span_at: '2026-01-15T00:00:00.000Z' }],
      unknown_words: [{ table: 'finish_reason', word: 'moon', count: 7 }],
    });
  });

  it.each([
    ['/chain?name=gone%3Cb%3E', 'gone&lt;b&gt;'],
    ['/target?name=summarize&target=gone', 'gone'],
  ])('answers an old link to %s with a page that says so', async (path, name) => {
    const response = await start().call(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(await response.text()).toContain(`<h1>Nothing is known of ${name}</h1>`);
  });

  it('gives a page that runs no script and escapes what spans have named', async () => {
    const response = await start().call('/');
    const page = await response.text();
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page).toContain('summarize &lt;ticket&gt;');
    expect(page).toContain('Never exercised since it was declared 12 days ago.');
    expect(page).not.toContain('<script');
  });

  it('says by JSON and on the page when the store was damaged or cannot write', async () => {
    const damage = { reason: 'file is not a database', movedTo: 'warmspare.db.damaged-1' };
    const { call } = start({ health: { damage, storeAvailable: false, storeError: 'disk full' } });
    const { problems } = (await (await call('/status.json')).json()) as { problems: string[] };
    expect(problems).toEqual([
      'The store was damaged: file is not a database. What cannot be read is in warmspare.db.damaged-1.',
      'The store cannot write, so spans are refused until it can: disk full.',
    ]);
    expect(await (await call('/')).text()).toContain('What cannot be read is in warmspare.db.damaged-1');
  });

  it('serves the runbooks, each under the anchor that the alerts name', async () => {
    const page = await (await start().call('/runbooks')).text();
    expect(page).toContain('<h2 id="fallbackstale">FallbackStale</h2>');
    expect(page).toMatch(
      /<p><strong>What it means.<\/strong> The target’s|<p><strong>What it means.<\/strong> The target&#39;s/,
    );
    expect(page).toContain('<pre tabindex="0">npx warmspare status --chain CHAIN\n');
    expect(page).not.toMatch(/\*\*|`/);
  });

  it.each([
    ['Europe/Berlin', '/chain?name=a%20b', '/chain?name=a%20b', 'warmspare_zone=Europe%2FBerlin; Max-Age=31536000'],
    ['Nowhere/Town', '/', '/', 'warmspare_zone=; Max-Age=0'],
    ['Asia/Tokyo', 'https://evil.example/', '/', 'warmspare_zone=Asia%2FTokyo; Max-Age=31536000'],
    ['Asia/Tokyo', '//evil.example/x', '/', 'warmspare_zone=Asia%2FTokyo; Max-Age=31536000'],
  ])('keeps the zone %s of a reader, and leads back from %s to %s', async (zone, back, location, cookie) => {
    const { call } = start();
    const response = await call(`/timezone?${new URLSearchParams({ zone, back })}`);
    expect([response.status, response.headers.get('location')]).toEqual([303, location]);
    expect(response.headers.get('set-cookie')).toContain(cookie);
    const page = await (await call('/', { headers: { cookie: 'warmspare_zone=Asia%2FTokyo' } })).text();
    expect(page).toContain('2026-01-15 00:00:00 UTC, 09:00:00 Asia/Tokyo');
  });

  it.each([
    ['30', '30'],
    ['1', '5'],
    ['99999', '3600'],
    ['soon', null],
    ['-5', null],
  ])('reloads a page with ?refresh=%s every %s seconds', async (asked, refresh) => {
    const { call } = start();
    for (const path of ['/', '/chain', '/target', '/runbooks']) {
      expect((await call(`${path}?refresh=${asked}`)).headers.get('refresh')).toBe(refresh);
      expect((await call(path)).headers.get('refresh')).toBeNull();
    }
  });

  it('answers health and readiness apart', async () => {
    const damage = { reason: 'the file is empty', movedTo: undefined };
    const { call } = start({ unready: ['the store cannot write: disk full'], health: { damage } });
    expect((await call('/healthz')).status).toBe(200);
    const ready = await call('/readyz');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({
      ready: false,
      reasons: ['the store cannot write: disk full'],
      troubles: ['The store was damaged: the file is empty.'],
    });
    expect((await start().call('/readyz')).status).toBe(200);
  });

  const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
  it.each([
    [undefined, 401],
    ['Bearer wrong', 401],
    ['Bearer secret', 200],
    ['Bearer next', 200],
    [basic('anybody:secret'), 200],
    [basic(':next'), 200],
    [basic('secret:wrong'), 401],
    [basic('secret'), 401],
  ])(
    'with a token configured and authorization %j answers %i, on this machine and elsewhere',
    async (header, status) => {
      for (const onLoopback of [true, false]) {
        const { call, post } = start({ token: 'secret\nnext', onLoopback });
        const headers: Record<string, string> = header === undefined ? {} : { authorization: header };
        for (const address of ['127.0.0.1', '::1', '10.0.0.8']) {
          for (const path of ['/', '/status.json', '/metrics']) {
            const response = await call(path, { headers }, address);
            expect(response.status).toBe(status);
            if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm="Warmspare"/);
          }
          expect((await post(ROW, headers, address)).status).toBe(status);
          for (const path of ['/healthz', '/readyz']) expect((await call(path, {}, address)).status).toBe(200);
        }
      }
    },
  );

  it.each([
    ['localhost:9464', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1', 200],
    ['[::1]:9464', 200],
    ['evil.example:9464', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example:9464', 403],
    ['', 403],
  ])('on loopback without a token answers a page of host %j with %i', async (host, status) => {
    for (const path of ['/', '/status.json', '/metrics', '/readyz'])
      expect((await start().call(path, { headers: { host } })).status).toBe(status);
    expect((await start({ onLoopback: false }).call('/metrics', { headers: { host } })).status).toBe(200);
    const { call } = start({ token: 'secret' });
    expect((await call('/metrics', { headers: { host, authorization: 'Bearer secret' } })).status).toBe(200);
  });

  it('names the method and the paths that there are', async () => {
    const { call } = start();
    const wrongMethod = await call('/metrics', { method: 'POST' });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await call('/api/retire')).headers.get('allow')).toBe('POST');
    const nowhere = await call('/nowhere');
    expect([nowhere.status, await nowhere.text()]).toEqual([404, expect.stringContaining('/status.json')]);
  });
});

describe('retire', () => {
  it('hands the selector on and says how many rows went', async () => {
    const { post, asked } = start({ retire: () => Promise.resolve(2) });
    const response = await post({ ...ROW, service: 'support-api' });
    expect(await response.json()).toEqual({
      retired: 2,
      rows: [
        {
          chain: 'summarize <ticket>',
          target: 'claude-haiku',
          route_type: 'fallback',
          namespace: 'shop',
          service: 'support-api',
        },
      ],
    });
    expect(asked).toEqual([{ ...ROW, service: 'support-api' }]);
  });

  const staging = { ...target, service: { ...service, environment: 'staging' } };
  const primary = { ...target, routeType: 'primary' as const, state: undefined };
  const cases: readonly (readonly [string, readonly TargetSnapshot[], object, number, number])[] = [
    ['several rows without all', [target, staging], {}, 409, 2],
    ['several rows with all', [target, staging], { all: true }, 200, 2],
    ['one of several rows by its environment', [target, staging], { environment: 'staging' }, 200, 1],
    ['a primary', [primary], {}, 409, 1],
    ['a primary by force', [primary], { force: true }, 200, 1],
    ['a dry run of several rows', [target, staging], { dry_run: true }, 200, 2],
    ['a row past the cap', [{ ...target, overflow: true }], {}, 404, 0],
  ];
  it.each(cases)('of %s', async (name, targets, more, status, rows) => {
    const { post, asked } = start({ snapshot: () => ({ ...snapshot, targets }) });
    const response = await post({ ...ROW, ...more });
    const answer = (await response.json()) as { rows: unknown[] };
    expect({ status: response.status, rows: answer.rows.length }).toEqual({ status, rows });
    expect(asked).toHaveLength(status === 200 && !name.startsWith('a dry run') ? 1 : 0);
  });

  it.each([
    ['another machine', {}, '10.0.0.8', 403],
    ['a proxy that speaks for another machine', { 'x-forwarded-for': '10.0.0.8' }, '127.0.0.1', 403],
    ['a page whose name was rebound to this machine', { host: 'evil.example:9464' }, '127.0.0.1', 403],
    ['a page of another site', { origin: 'https://evil.example' }, '127.0.0.1', 403],
    ['a plain form', { 'content-type': 'text/plain' }, '127.0.0.1', 415],
    ['this machine by IPv6', { host: '[::1]:9464' }, '::1', 200],
    ['this machine by IPv4 over IPv6', { host: 'localhost:9464' }, '::ffff:127.0.0.1', 200],
    ['another machine with the token', { host: 'warmspare.internal', authorization: 'Bearer secret' }, '10.0.0.8', 200],
    [
      'a page of another site with the token',
      { origin: 'https://evil.example', authorization: 'Bearer secret' },
      '127.0.0.1',
      403,
    ],
    [
      'a page of its own with the token',
      { host: 'warmspare.internal:9464', origin: 'https://warmspare.internal', authorization: 'Bearer secret' },
      '10.0.0.8',
      200,
    ],
    [
      'another machine with a wrong token',
      { host: 'warmspare.internal', authorization: 'Bearer secreT' },
      '10.0.0.8',
      401,
    ],
  ])('from %s', async (_, headers, remoteAddress, status) => {
    const token = 'authorization' in headers ? { token: 'secret' } : {};
    const { post, asked } = start(token);
    expect((await post(ROW, headers, remoteAddress)).status).toBe(status);
    expect(asked).toHaveLength(status === 200 ? 1 : 0);
  });

  it('says what is wrong with a body, that no row matched, or that the store cannot write', async () => {
    expect((await start().post({ chain: 'c' })).status).toBe(400);
    expect((await start().post({ ...ROW, servce: 's' })).status).toBe(400);
    expect((await start().post({ ...ROW, target: 'gone' })).status).toBe(404);
    const full = await start({ retire: () => Promise.reject(new StoreUnavailable('disk full')) }).post(ROW);
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '5']);
  });
});
