/** `warmspare drill`: what it sends, what it waits for, what it says, and its exit codes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BAGGAGE_DRILL, readDrillRequest } from '@warmspare/semconv';
import { afterAll, describe, expect, it } from 'vitest';
import { warmspare } from './testdata/warmspare.ts';

const KEY = 'a key of more than thirty-two characters';
const env = { WARMSPARE_DRILL_KEY: KEY };
const directory = mkdtempSync(join(tmpdir(), 'warmspare-drill-'));
afterAll(() => rmSync(directory, { recursive: true }));

const config = join(directory, 'warmspare.yaml');
writeFileSync(join(directory, 'ticket.json'), '{"id":1}');
writeFileSync(
  config,
  `
chains:
  - name: summarize
    service: shop
    drill: { url: 'http://app.test/drill', body_file: ticket.json, fault: rate_limit, headers: { x-tenant: test } }
    targets:
      - { name: gpt, type: primary }
      - { name: claude, type: fallback }
      - { name: rules, type: heuristic }
  - name: without
    targets: [{ name: a, type: primary }, { name: b, type: fallback }]
`,
);

const LABELS = 'llm_fallback_chain_name="summarize",service_name="shop"';
const drills = (target: string, outcome: string, value: number): string =>
  `llm_fallback_drills_total{${LABELS},llm_fallback_target_name="${target}",llm_fallback_drill_outcome="${outcome}",llm_fallback_drill_fault="rate_limit"} ${value}\n`;
const calls = (target: string, outcome: string, error: string, value: number): string =>
  `llm_fallback_calls_total{${LABELS},llm_fallback_target_name="${target}",llm_fallback_call_outcome="${outcome}",llm_fallback_exercise_kind="drill"${error && `,error_type="${error}"`}} ${value}\n`;

interface World {
  readonly outcome?: string;
  readonly due?: readonly object[];
}

/** A service whose counters grow once the app was asked. */
function world({ outcome, due = [] }: World = {}) {
  let asked = 0;
  return (url: string): Response => {
    const { host, pathname } = new URL(url);
    if (host === 'app.test') {
      asked += 1;
      return new Response('summary', { status: 201 });
    }
    if (pathname === '/api/due') return Response.json({ targets: due });
    const grown = asked > 0 && outcome !== undefined;
    const text = grown
      ? drills('claude', outcome, 4) +
        calls('gpt', 'error', 'drill', 2) +
        calls('claude', outcome === 'failed' ? 'error' : 'success', outcome === 'failed' ? '503' : '', 1)
      : drills('claude', outcome ?? 'succeeded', 3) + calls('gpt', 'error', 'drill', 1);
    return new Response(text);
  };
}

const drill = (args: readonly string[], given: World = {}, more = env as Record<string, string>) =>
  warmspare(['drill', '--config', config, ...args], { env: more, answer: world(given) });

describe('warmspare drill', () => {
  it('signs the request of the configuration and says what each target did', async () => {
    const { asked, code, stdout, stderr } = await drill(['--chain', 'summarize'], { outcome: 'succeeded' });
    expect([code, stderr]).toEqual([0, '']);
    const sent = asked.find(({ url }) => url.includes('app.test'));
    expect(sent?.url).toBe('http://app.test/drill');
    const headers = new Headers(sent?.init.headers);
    expect(sent?.init.method).toBe('POST');
    expect(Buffer.from(sent?.init.body as Uint8Array).toString()).toBe('{"id":1}');
    expect(headers.get('x-tenant')).toBe('test');
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const [name, entry = ''] = (headers.get('baggage') ?? '').split('=');
    expect(name).toBe(BAGGAGE_DRILL);
    expect(readDrillRequest(entry, KEY, 0)).toMatchObject({
      chain: 'summarize',
      target: 'claude',
      fault: 'rate_limit',
    });
    expect(stdout).toContain('succeeded: claude of summarize');
    expect(stdout).toContain('gpt  error (made to fail)');
  });

  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['blocked', 2],
    ['inconclusive', 2],
    ['interrupted', 2],
  ])('exits as it went: %s', async (outcome, code) => {
    const found = await drill(['--chain', 'summarize', '--json'], { outcome });
    expect(found.code).toBe(code);
    expect(JSON.parse(found.stdout)).toMatchObject({
      chain: 'summarize',
      target: 'claude',
      fault: 'rate_limit',
      outcome,
      http_status: 201,
      targets: [{ target: 'gpt', outcome: 'error', error_type: 'drill', calls: 1 }, { target: 'claude' }],
    });
  });

  it('is inconclusive where nothing comes', async () => {
    const { code, stdout } = await drill(['--chain', 'summarize', '--target', 'rules', '--wait', '0.5'], {
      outcome: 'succeeded',
    });
    expect([code, stdout]).toEqual([2, expect.stringContaining('no evidence of it came')]);
  });

  it('takes the target that is due, of a chain that can be drilled', async () => {
    const due = [
      { chain: 'without', target: 'b', service: 'shop' },
      { chain: 'summarize', target: 'claude', service: 'other' },
      { chain: 'summarize', target: 'claude', service: 'shop' },
    ];
    expect(await drill(['--due'], { due, outcome: 'succeeded' })).toMatchObject({ code: 0 });
    expect(await drill(['--due'], { due: [] })).toMatchObject({ code: 0, stdout: 'Nothing is due.\n' });
    expect(await drill(['--due'], { due: due.slice(0, 2) })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('drill:'),
    });
  });

  it.each([
    [[], 'drill wants --chain, or --due'],
    [['--chain', 'summarize', '--due'], 'drill wants --chain, or --due'],
    [['--chain', 'without'], 'no chain without with drill: is in'],
    [['--chain', 'summarize', '--target', 'gpt'], 'gpt is the primary of summarize'],
    [['--chain', 'summarize', '--target', 'mistral'], 'summarize has no target mistral; there is gpt, claude, rules'],
    [['--chain', 'summarize', '--fault', 'fire'], 'there is no fault fire'],
    [['--chain', 'summarize', '--service', 'other'], 'no chain summarize with drill: is in'],
    [['--chain', 'summarize', '--wait', 'long'], '--wait wants seconds'],
  ])('%j exits with 2 and a hint', async (args, message) => {
    expect(await drill(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('wants a key', async () => {
    expect(await drill(['--chain', 'summarize'], {}, {})).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('WARMSPARE_DRILL_KEY'),
    });
  });
});
