import {
  type AssumptionState,
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import type { SumPoint } from '../types/metric.ts';
import type { Snapshot, TargetSnapshot, TargetState } from '../types/snapshot.ts';
import { renderChain } from './page-chain.ts';
import { renderOverview } from './page-overview.ts';
import { chainHref, overviewHref, readChainQuery, readOverviewQuery } from './page-query.ts';

const now = Date.UTC(2026, 0, 15, 12);
const hour = 3_600_000;
const support = { namespace: '', name: 'support-api', environment: 'production' };
const sighting = (hoursAgo: number) => ({
  at: now - hoursAgo * hour,
  traceId: 'a1'.repeat(16),
  spanId: 'b2'.repeat(8),
});

function row(
  chain: string,
  target: string,
  state: TargetState | undefined,
  more: Partial<TargetSnapshot> = {},
): TargetSnapshot {
  return {
    service: support,
    chain,
    target,
    routeType: state === undefined ? 'primary' : 'fallback',
    rank: 1,
    attributes: {},
    placeholder: false,
    undeclared: false,
    overflow: false,
    declaredAt: now - 50 * hour,
    lastAttempt: undefined,
    lastSuccess: state === 'fresh' ? sighting(3) : undefined,
    lastFailure: undefined,
    lastSuccessKind: undefined,
    state,
    timeSinceLastSuccess: 1,
    maxAge: 86_400,
    assumptions: [],
    drift: [],
    headroom: [],
    recent: [],
    ...more,
  };
}

function snapshotOf(targets: readonly TargetSnapshot[], counters: readonly SumPoint[] = []): Snapshot {
  const watermarks = targets.length === 0 ? [] : [{ service: support, attributes: {}, at: now }];
  return {
    now,
    instanceId: 'i',
    startedAt: now,
    targets,
    chains: [],
    counters,
    histograms: [],
    watermarks,
    unassigned: [],
  };
}

const overview = (targets: readonly TargetSnapshot[], query: Record<string, string> = {}) =>
  renderOverview(snapshotOf(targets), readOverviewQuery(query), []);
const headings = (page: string) => [...page.matchAll(/<h2><a [^>]*>([^<]*)</g)].map(([, name]) => name);

describe('the overview', () => {
  it('has the worst chain first', async () => {
    const page = await overview([
      row('good', 'f', 'fresh'),
      row('failing', 'f', 'failing'),
      row('old', 'f', 'stale'),
      row('new', 'f', 'never_exercised'),
      row('none', 'p', undefined),
    ]);
    expect(headings(page)).toEqual(['new', 'failing', 'old', 'good', 'none']);
  });

  it('has, of chains in the same state, what is broken before what nothing has proved', async () => {
    const assumed = (state: AssumptionState) => ({
      assumptions: [{ name: 'schema' as const, state, since: now, words: 'w', by: undefined, remedy: 'r' }],
    });
    const page = await overview([
      row('sound', 'f', 'fresh', assumed('holds')),
      row('unproved', 'f', 'fresh', assumed('unverified')),
      row('broken', 'f', 'fresh', assumed('broken')),
      row('old', 'f', 'stale', assumed('holds')),
    ]);
    expect(headings(page)).toEqual(['old', 'broken', 'unproved', 'sound']);
  });

  it('tells each state by a word and a shape of its own', async () => {
    const states = ['never_exercised', 'failing', 'stale', 'fresh'] as const;
    const page = await overview(states.map((state) => row(state, 'f', state)));
    const marks = [...page.matchAll(/class="state (\w+)"><svg[^>]*>(.*?)<\/svg>([^<]+)</g)];
    expect(marks.map(([, state, , word]) => [state, word])).toEqual([
      ['never_exercised', 'never exercised'],
      ['failing', 'failing'],
      ['stale', 'stale'],
      ['fresh', 'fresh'],
    ]);
    expect(new Set(marks.map(([, , shape]) => shape)).size).toBe(4);
  });

  it('tells the state in the title of the window', async () => {
    expect(await overview([row('c', 'f', 'fresh')])).toContain(
      '<title>Every fallback worked lately · Warmspare</title>',
    );
    expect(await overview([row('c', 'f', 'stale')])).toContain(
      '<title>Some fallbacks may not work · Warmspare</title>',
    );
    expect(await overview([])).toContain('<title>Nobody can tell yet · Warmspare</title>');
  });

  it('gives times as exact and as relative', async () => {
    expect(await overview([row('c', 'f', 'fresh')])).toContain(
      '<time datetime="2026-01-15T09:00:00.000Z" title="2026-01-15 09:00:00 UTC">3 hours ago</time>',
    );
  });

  it('narrows to a service, an environment and a state, and keeps whole ladders', async () => {
    const other = { namespace: '', name: 'search', environment: 'staging' };
    const rows = [
      row('a', 'p', undefined),
      row('a', 'f', 'stale'),
      row('b', 'f', 'fresh'),
      row('c', 'f', 'stale', { service: other }),
    ];
    expect(headings(await overview(rows, { service: 'search' }))).toEqual(['c']);
    expect(headings(await overview(rows, { environment: 'production' }))).toEqual(['a', 'b']);
    const stale = await overview(rows, { state: 'stale', service: 'support-api' });
    expect(headings(stale)).toEqual(['a']);
    expect(stale).toMatch(/rowheader" scope="row"><a [^>]*>p</);
    expect(stale).toContain('<option value="stale" selected>');
    expect(await overview(rows, { service: 'nobody' })).toContain('No row matches.');
  });

  it('has pages once there are many chains, and stays on the last one past the end', async () => {
    const rows = Array.from({ length: 120 }, (_, index) => row(`c${index}`, 'f', 'fresh'));
    const second = await overview(rows, { page: '2', service: 'support-api' });
    expect(headings(second)).toHaveLength(50);
    expect(second).toContain('<a href="/?service=support-api">Previous</a>');
    expect(second).toContain('<a href="/?service=support-api&amp;page=3">Next</a>');
    expect(headings(await overview(rows, { page: '99' }))).toHaveLength(20);
  });

  it('says what is wrong with Warmspare itself', async () => {
    const page = await renderOverview(snapshotOf([]), readOverviewQuery({}), ['The disk is <full>.']);
    expect(page).toContain('<strong>Warmspare itself:</strong> The disk is &lt;full&gt;.');
    expect(await overview([])).not.toContain('Warmspare itself');
  });

  it('says how to begin where nothing is known yet', async () => {
    expect(await overview([])).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
  });

  it('escapes every name that a span can choose', async () => {
    const evil = '"><script>alert(1)</script>';
    const page = await overview([
      row(evil, evil, 'failing', {
        service: { namespace: evil, name: evil, environment: evil },
        lastFailure: { ...sighting(1), outcome: 'error', errorType: evil },
      }),
    ]);
    expect(page).not.toContain('<script');
  });
});

describe('a chain’s page', () => {
  const calls = (outcome: string, value: number, error?: string): SumPoint => ({
    kind: 'counter',
    name: METRIC_LLM_FALLBACK_CALLS,
    service: support,
    attributes: {
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'c',
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'f',
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'fallback',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
      ...(error !== undefined && { [ATTR_ERROR_TYPE]: error }),
    },
    value,
    startTime: 0,
  });

  it('is found by the link of the overview, and shows each rung with its evidence and its calls', async () => {
    const target = row('c', 'f', 'failing', { lastFailure: { ...sighting(1), outcome: 'error', errorType: '404' } });
    const query = readChainQuery(Object.fromEntries(new URL(chainHref(target), 'http://x').searchParams));
    const page = await renderChain(
      snapshotOf(
        [target, row('d', 'g', 'fresh')],
        [calls('error', 2, '404'), calls('error', 1, '500'), calls('success', 0)],
      ),
      query,
    );
    expect(page).toContain(`trace <code>${'a1'.repeat(16)}</code>`);
    expect(page).toContain('error: 404');
    expect(page).toContain('<dd>3 error</dd>');
    expect(page).not.toContain('<h3>g ');
  });

  it('shows what share of the chain’s calls each rung has, once there are any', async () => {
    const targets = [row('c', 'f', 'fresh'), row('c', 'g', 'stale')];
    const query = readChainQuery(
      Object.fromEntries(new URL(chainHref(row('c', 'f', 'fresh')), 'http://x').searchParams),
    );
    const ofG = {
      ...calls('success', 999),
      attributes: { ...calls('success', 1).attributes, [ATTR_LLM_FALLBACK_TARGET_NAME]: 'g' },
    };
    const page = (await renderChain(snapshotOf(targets, [calls('success', 1), ofG]), query)) ?? '';
    expect([...page.matchAll(/<\/svg> ([^<]*)<\/dd>/g)].map(([, text]) => text)).toEqual(['0.1 %', '99.9 %']);
    expect(await renderChain(snapshotOf(targets), query)).not.toContain('Share of calls');
  });

  it('is not there for a name that nobody knows', () => {
    expect(renderChain(snapshotOf([row('c', 'f', 'fresh')]), readChainQuery({ name: 'nobody' }))).toBeUndefined();
  });
});

describe('an address', () => {
  it('says the same query when it is read again', () => {
    const query = { service: 'a b&c', environment: 'é', state: 'stale', page: 3 } as const;
    expect(readOverviewQuery(Object.fromEntries(new URL(overviewHref(query), 'http://x').searchParams))).toEqual(query);
  });

  it.each(['0', '-1', 'x', '1.5', '1e99'])('with page=%s is the first page', (page) => {
    expect(readOverviewQuery({ page }).page).toBe(1);
  });
});
