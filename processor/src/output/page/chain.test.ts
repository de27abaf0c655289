import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import type { SumPoint } from '../../types/metric.ts';
import type { ChainSnapshot, TargetSnapshot } from '../../types/snapshot.ts';
import { hour, now, plainView, row, sighting, snapshotOf, support } from '../testdata/snapshots.ts';
import { renderChain } from './chain.ts';
import { chainHref, readChainQuery } from './query.ts';
import { QUARTER_MS } from './recent-calls.ts';

const ofC = readChainQuery(Object.fromEntries(new URL(chainHref(row('c', 'f', 'fresh')), 'http://x').searchParams));

async function chainPage(targets: readonly TargetSnapshot[], facts: Partial<ChainSnapshot> = {}): Promise<string> {
  const chain = { service: support, chain: 'c', attributes: {}, contract: [], breakers: [], detection: undefined };
  return (await renderChain(snapshotOf(targets, [], { chains: [{ ...chain, ...facts }] }), ofC, plainView)) ?? '';
}

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

  it('is found by the link of the overview, and shows each target with its evidence and its calls', async () => {
    const target = row('c', 'f', 'failing', { lastFailure: { ...sighting(1), outcome: 'error', errorType: '404' } });
    const query = readChainQuery(Object.fromEntries(new URL(chainHref(target), 'http://x').searchParams));
    const page = await renderChain(
      snapshotOf(
        [target, row('d', 'g', 'fresh')],
        [calls('error', 2, '404'), calls('error', 1, '500'), calls('success', 0)],
      ),
      query,
      { ...plainView, traceUrl: 'https://tempo.example/trace/{trace_id}?span={span_id}' },
    );
    expect(page).toContain(
      `<a class="ids" href="https://tempo.example/trace/${'a1'.repeat(16)}?span=${'b2'.repeat(8)}">`,
    );
    expect(page).toContain(`trace <code>${'a1'.repeat(16)}</code>`);
    expect(page).toContain('error: 404');
    expect(page).toContain('<dd>3 error</dd>');
    expect(page).not.toContain('<h3>g ');
  });

  it('shows what share of the chain’s calls each target has, once there are any', async () => {
    const targets = [row('c', 'f', 'fresh'), row('c', 'g', 'stale')];
    const ofG = {
      ...calls('success', 999),
      attributes: { ...calls('success', 1).attributes, [ATTR_LLM_FALLBACK_TARGET_NAME]: 'g' },
    };
    const page = (await renderChain(snapshotOf(targets, [calls('success', 1), ofG]), ofC, plainView)) ?? '';
    expect([...page.matchAll(/<\/svg> ([^<]*)<\/dd>/g)].map(([, text]) => text)).toEqual([
      '0.1 % of 1000 calls',
      '99.9 % of 1000 calls',
    ]);
    expect(await renderChain(snapshotOf(targets), ofC, plainView)).not.toContain('Share of calls');
  });

  it('draws the calls of the last day as high as they were many, and says it in words', async () => {
    const lastTwo = (calls: number) => ({ from: Math.floor(now / QUARTER_MS) - 1, counts: [calls, calls] });
    const page = await chainPage([
      row('c', 'p', undefined, { activity: lastTwo(499) }),
      row('c', 'f', 'fresh', { activity: lastTwo(1) }),
      row('c', 'h', 'fresh', { routeType: 'heuristic' }),
    ]);
    expect(page).toContain('<p>1000 calls in 24 hours: primary 998 (99.8 %), fallback 2 (0.2 %).</p>');
    const columns = [
      ...page.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="([\d.]+)" class="(\w+)"/g),
    ];
    expect(columns.map(([, x, , , type]) => [x, type])).toEqual([
      ['940.0', 'primary'],
      ['940.0', 'fallback'],
    ]);
    // Too little to be seen at its true height, so drawn at the least that can be.
    expect(columns.map(([, , , height]) => Number(height))).toEqual([119.8, 2]);
    expect(page).toMatch(
      /role="img" aria-labelledby="mix-title mix-words">\s*<title id="mix-title">.*?<desc id="mix-words">1000 calls in 24 hours/s,
    );
    const table = page.slice(page.indexOf('class="hours"'));
    expect(table.match(/<time datetime="2026-01-15T11:15:00.000Z">/g)).toHaveLength(1);
    expect([...table.matchAll(/data-label="(\w+)">(\d+)</g)].map(([, route, calls]) => [route, calls])).toEqual([
      ['primary', '998'],
      ['fallback', '2'],
    ]);
    expect(page).not.toMatch(/<li><svg[^>]*><rect[^>]*class="heuristic"/);
    expect(await chainPage([row('c', 'p', undefined)])).not.toContain('Who served');
  });

  it('draws how the contract changed and where on it each target last worked, and says it in words', async () => {
    const seen = (revision: string, hoursAgo: number) => ({ revision, firstSeen: sighting(hoursAgo), lastSeen: now });
    const model = [seen('gpt-5', 40), seen('gpt-5.1', 2)];
    const contract = [
      { part: 'model' as const, current: 'gpt-5.1', revisions: model, unstable: false },
      { part: 'prompt' as const, current: 'ab'.repeat(16), revisions: [seen('ab'.repeat(16), 1)], unstable: true },
      { part: 'schema' as const, current: undefined, revisions: [], unstable: false },
    ];
    const drift = [{ part: 'model' as const, revisions: model.slice(1) }];
    const page = await chainPage(
      [row('c', 'p', undefined), row('c', 'f', 'fresh', { drift }), row('c', 'g', 'never_exercised')],
      { contract },
    );
    const timeline = page.slice(page.indexOf('class="timeline"'));
    expect(timeline.match(/<rect /g)).toHaveLength(3);
    expect([...timeline.matchAll(/class="mark"><title>([^<]*)</g)].map(([, words]) => words)).toEqual([
      'f last succeeded 2026-01-15 09:00:00 UTC',
    ]);
    const names = timeline.slice(0, timeline.indexOf('</ul>')).matchAll(/<li[^>]*>([^<]*)</g);
    expect([...names].map(([, name]) => name)).toEqual(['model', 'prompt', 'f', 'g: never']);
    expect(timeline).toContain('<title>gpt-5.1, first seen 2026-01-15 10:00:00 UTC</title>');
    const lines = [...timeline.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, part, words]) => [
      part,
      words?.replaceAll(/<[^>]*>/g, ''),
    ]);
    expect(lines).toEqual([
      ['model', 'gpt-5.1 now, first seen 2 hours ago, before: gpt-5 first seen 40 hours ago'],
      ['prompt', 'unstable: it changes on most calls, so it is left out of drift. abababab now, first seen 1 hour ago'],
      ['f', 'changes since it last worked: 1 of the model'],
    ]);
  });

  it('tells how the chain falls: its breakers, and how long it takes to notice', async () => {
    const page = await chainPage([row('c', 'f', 'fresh')], {
      breakers: [
        {
          name: 'openai',
          state: 'half_open' as const,
          since: sighting(1),
          trip: { at: now - 2 * hour, seconds: 3.2, signal: { ...sighting(2), because: 'timeout' } },
        },
      ],
      detection: { mean: 12.4, calls: 7 },
      runs: { exhausted: 1, unprotected: 0 },
    });
    expect(page).toContain('<dt>Runs without an answer</dt><dd>1 in which every target failed</dd>');
    expect(page).toMatch(/<dt>Breaker openai<\/dt><dd>half open, seen <time[^>]*>1 hour ago/);
    expect(page.replaceAll(/<[^>]*>/g, '')).toMatch(
      /; last opened 2 hours ago on timeout \(trace (a1)+ span (b2)+\), 3 seconds after the first failure/,
    );
    expect(page).toContain('<dt>Time until the next target</dt><dd>12 s on average (7 failovers)</dd>');
    expect(await chainPage([row('c', 'f', 'fresh')])).not.toContain('<h2>Failovers');
  });

  it('tells the state of the chain in the title of the window, and leads back and to the same as JSON', async () => {
    const page = await chainPage([row('c', 'p', undefined), row('c', 'f', 'stale'), row('c', 'g', 'fresh')]);
    expect(page).toContain('<title>c: 1 of 2 fallbacks may not work · Warmspare</title>');
    expect(page).toContain('<li><a href="/">Status</a></li><li aria-current="page">c</li>');
    expect(page).toContain(
      '<a href="/status.json?chain=c&amp;service=support-api&amp;environment=production">JSON</a>',
    );
    expect(await chainPage([row('c', 'p', undefined)])).toContain('<title>c: No data yet · Warmspare</title>');
  });

  it('tells which target serves, since when, and how many spares are left', async () => {
    const failed = { ...sighting(1), outcome: 'error', errorType: '503' };
    const page = await chainPage(
      [
        row('c', 'p', undefined, { rank: 0, lastServed: sighting(9), lastUnserved: failed }),
        row('c', 'f', 'fresh', { lastServed: sighting(1) }),
        row('c', 'g', 'fresh', { rank: 2 }),
      ],
      { primaryFailingSince: now - 2 * hour },
    );
    const text = page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain('Runs on f for 2 hours, 1 spare left ( what to do )');
    expect(text).toContain(
      'Serving f (fallback), newest answered run 1 hour ago Since 2026-01-15 10:00:00 UTC (2 hours ago) Spares below it 1',
    );
    expect(page).toContain('href="/runbooks#fallbackengaged"');
  });

  it.each([
    [{ mean: 31, calls: 1 }, '31 s (1 failover)'],
    [{ mean: 0.42, calls: 19 }, '0.42 s on average (19 failovers)'],
    [{ mean: 3, p50: 2, p95: 12.4, calls: 40 }, '2 s in half of 40 failovers, 12 s in 95 %'],
  ])('tells how long %j took', async (detection, words) => {
    expect(await chainPage([row('c', 'f', 'fresh')], { detection })).toContain(`<dd>${words}</dd>`);
  });

  it('shows on each target what of its assumptions holds', async () => {
    const schema = { name: 'schema', state: 'broken', since: now, words: 'w', by: undefined, remedy: 'r' } as const;
    const page = await chainPage([row('c', 'f', 'fresh', { assumptions: [schema] })]);
    expect(page).toMatch(
      /<li title="w"><span class="soft">schema<\/span> <span class="state failing"><svg.*?>broken</s,
    );
  });

  it('is not there for a name that nobody knows', () => {
    expect(
      renderChain(snapshotOf([row('c', 'f', 'fresh')]), readChainQuery({ name: 'nobody' }), plainView),
    ).toBeUndefined();
  });
});
