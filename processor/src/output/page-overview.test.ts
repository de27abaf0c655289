import type { AssumptionName, AssumptionState } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import type { TargetSnapshot } from '../types/snapshot.ts';
import { renderOverview } from './page-overview.ts';
import { overviewHref, readOverviewQuery } from './page-query.ts';
import { hour, now, row, sighting, snapshotOf, support } from './testdata/snapshots.ts';

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

  it('shows each assumption by a word and a shape, why on hovering, and that one does not apply', async () => {
    const assumption = (name: AssumptionName, state: AssumptionState) => ({
      name,
      state,
      since: now,
      words: `words of ${name}`,
      by: undefined,
      remedy: 'r',
    });
    const assumptions = [
      assumption('available', 'holds'),
      assumption('schema', 'broken'),
      assumption('breaker', 'unverified'),
    ];
    const page = await overview([row('c', 'f', 'fresh', { assumptions })]);
    const cells = [
      ...page.matchAll(/data-label="(\w+)" title="([^"]*)"><span class="state \w+"><svg[^>]*>(.*?)<\/svg>(\w+)/g),
    ];
    expect(cells.map(([, name, title, , word]) => [name, title, word])).toEqual([
      ['available', 'words of available', 'holds'],
      ['schema', 'words of schema', 'broken'],
      ['breaker', 'words of breaker', 'unverified'],
    ]);
    expect(new Set(cells.map(([, , , shape]) => shape)).size).toBe(3);
    expect(page.match(/does not apply/g)).toHaveLength(2);
    expect(page).toMatch(/scope="col" title="Would it bear the load\?">capacity</);
  });

  it('lists calls of no known chain with a start for the configuration, on the last page', async () => {
    const unassigned = [
      { service: support, provider: 'openai', requestModel: 'gpt-5', calls: 12, lastSeen: now - hour },
      { service: support, provider: undefined, requestModel: undefined, calls: 3, lastSeen: now - hour },
    ];
    const rows = Array.from({ length: 60 }, (_, index) => row(`c${index}`, 'f', 'fresh'));
    const of = (page: string) => renderOverview(snapshotOf(rows, [], { unassigned }), readOverviewQuery({ page }), []);
    expect(await of('1')).not.toContain('Calls of no known chain');
    const last = await of('2');
    expect(last).toMatch(/gpt-5<small>openai<\/small>.*?>support-api<.*?>12<.*?1 hour ago/s);
    expect(last).toContain('no model named');
    expect(last).toMatch(/<pre tabindex="0">chains:\n.*gen_ai\.request\.model: gpt-5/s);
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

describe('an address', () => {
  it('says the same query when it is read again', () => {
    const query = { service: 'a b&c', environment: 'é', state: 'stale', page: 3 } as const;
    expect(readOverviewQuery(Object.fromEntries(new URL(overviewHref(query), 'http://x').searchParams))).toEqual(query);
  });

  it.each(['0', '-1', 'x', '1.5', '1e99'])('with page=%s is the first page', (page) => {
    expect(readOverviewQuery({ page }).page).toBe(1);
  });
});
