import type { AssumptionName, AssumptionState } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import type { TargetSnapshot, TargetState } from '../../types/snapshot.ts';
import { hour, now, plainView, row, sighting, snapshotOf, support } from '../testdata/snapshots.ts';
import { renderOverview } from './overview.ts';
import { overviewHref, readOverviewQuery } from './query.ts';

const overview = (targets: readonly TargetSnapshot[], query: Record<string, string> = {}) =>
  renderOverview(snapshotOf(targets), readOverviewQuery(query), [], plainView);
const headings = (page: string) => [...page.matchAll(/<h3><a [^>]*>([^<]*)</g)].map(([, name]) => name);

describe('the overview', () => {
  it('has a section for each urgency, the most urgent chain first, and folds away what is fine', async () => {
    const failed = { ...sighting(1), outcome: 'error', errorType: '503' };
    const page = await overview([
      row('good', 'f', 'fresh'),
      row('old', 'f', 'stale'),
      row('failing', 'f', 'failing'),
      row('engaged', 'p', undefined, { rank: 0, lastServed: sighting(5), lastUnserved: failed }),
      row('engaged', 'f', 'fresh', { lastServed: sighting(1) }),
      row('down', 'p', undefined, { rank: 0, lastUnserved: failed, lastFailure: failed, lastAttempt: failed }),
      row('down', 'f', 'failing', { lastUnserved: failed }),
    ]);
    expect(headings(page)).toEqual(['down', 'engaged', 'failing', 'old', 'good']);
    const sections = [...page.matchAll(/<h2 id="(\w+)">([^<]*) <small>([^<]*)</g)].map(([, id, name, count]) => [
      id,
      name,
      count,
    ]);
    expect(sections).toEqual([
      ['users_affected', 'Users affected now', '1'],
      ['on_fallback', 'Running on a fallback', '1'],
      ['would_not_hold', 'Would not hold', '2'],
      ['fine', 'Fine', '1'],
    ]);
    expect(page).toMatch(/<details class="urgency"><summary><h2 id="fine">/);
    expect(page).toContain('<h1>Users are affected now on 1 chain; 1 chain runs on a fallback</h1>');
    expect(page).toContain(
      'Users are affected now, the primary failed 1 hour ago. <a href="/runbooks#fallbackchainexhausted">What to do</a>',
    );
    expect(page).toContain(
      'Runs on f for 5 hours, no spare left. <a href="/runbooks#nosparleft">What to do</a>'.replace(
        'nospar',
        'nospare',
      ),
    );
  });

  it('has the primary in the heading of its chain, and marks one that fails', async () => {
    const failed = { ...sighting(1), outcome: 'error', errorType: '503' };
    const page = await overview([
      row('c', 'gpt', undefined, { rank: 0, lastServed: sighting(2) }),
      row('c', 'f', 'stale'),
      row('d', 'down', undefined, {
        rank: 0,
        lastServed: sighting(2),
        lastUnserved: failed,
        lastFailure: failed,
        lastAttempt: failed,
      }),
      row('d', 'f', 'fresh', { lastServed: sighting(1) }),
    ]);
    const text = page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain('primary gpt last served 2 hours ago');
    expect(text).toContain('primary down failing The primary; its last call failed 1 hour ago (error: 503)');
    expect(page.match(/<th role="rowheader" scope="row"><a/g)).toHaveLength(2);
  });

  it('tells each state by a word and a shape of its own', async () => {
    const states = ['never_exercised', 'failing', 'stale', 'fresh'] as const;
    const page = await overview(states.map((state) => row(state, 'f', state)));
    const matrix = page.slice(page.indexOf('<table'));
    const marks = [...matrix.matchAll(/class="state (\w+)"><svg[^>]*>(.*?)<\/svg>([^<]+)</g)];
    expect(marks.map(([, state, , word]) => [state, word])).toEqual([
      ['failing', 'failing'],
      ['never_exercised', 'never exercised'],
      ['stale', 'stale'],
      ['fresh', 'fresh'],
    ]);
    expect(new Set(marks.map(([, , shape]) => shape)).size).toBe(4);
  });

  it('tells the state in the title and the icon of the window, and in its heading', async () => {
    const told = async (...states: readonly (TargetState | undefined)[]) => {
      const page = await overview(states.map((state, index) => row('c', `f${index}`, state)));
      const [, title] = /<title>(.*) · Warmspare<\/title>/.exec(page) ?? [];
      const [, icon] = /rel="icon" href="[^"]*?(circle[^"]*|path[^"]*)"/.exec(page) ?? [];
      expect(page).toContain(`<h1>${title}</h1>`);
      return { title, icon };
    };
    const said = [
      await told('fresh', 'fresh'),
      await told('stale', 'fresh', 'failing'),
      await told(undefined),
      await told('fresh'),
      await told('never_exercised'),
    ];
    expect(said.map(({ title }) => title)).toEqual([
      'All 2 fallbacks worked lately',
      '2 of 3 fallbacks may not work',
      'No data yet',
      'The one fallback worked lately',
      'The one fallback may not work',
    ]);
    expect(new Set(said.map(({ icon }) => icon)).size).toBe(3);
    expect(await overview([row('c', 'p', undefined)])).toContain('No fallback is known: only primaries are declared.');
  });

  it('counts the targets in each state, with a link to them that keeps the other filters', async () => {
    const states = ['never_exercised', 'failing', 'failing', 'fresh'] as const;
    const page = await overview(
      states.map((state, index) => row('c', `f${index}`, state)),
      { service: 'support-api', state: 'failing' },
    );
    const counts = [...page.matchAll(/<li><a href="([^"]*)"([^>]*)><span class="state \w+"><svg.*?<\/svg>([^<]*)</g)];
    expect(counts.map(([, href, current, words]) => [href, current, words])).toEqual([
      ['/?service=support-api&amp;state=failing', ' aria-current="true"', '2 failing'],
      ['/?service=support-api&amp;state=never_exercised', '', '1 never exercised'],
      ['/?service=support-api&amp;state=fresh', '', '1 fresh'],
    ]);
  });

  it('judges what it is narrowed to', async () => {
    const other = { namespace: '', name: 'search', environment: 'staging' };
    const rows = [row('a', 'f', 'fresh'), row('b', 'f', 'failing', { service: other })];
    expect(await overview(rows)).toContain('<h1>1 of 2 fallbacks may not work</h1>');
    expect(await overview(rows, { service: 'support-api' })).toContain('<h1>The one fallback worked lately</h1>');
    expect(await overview(rows, { service: 'nobody' })).toContain('<h1>1 of 2 fallbacks may not work</h1>');
  });

  it('shows what is past the cap without a link', async () => {
    const page = await overview([
      row('', '', undefined, { routeType: 'fallback', overflow: true }),
      row('b', 'f', 'fresh'),
    ]);
    expect(page).toMatch(/<h3>Past the cap on rows<\/h3>.*?scope="row">all others<\/th>.*?>overflow</s);
  });

  it('names product, version and instance, and offers to reload by itself', async () => {
    const view = { ...plainView, instanceId: '0123456789abcdef' };
    const draw = (more: object) => renderOverview(snapshotOf([]), readOverviewQuery({}), [], { ...view, ...more });
    const page = await draw({ address: '/?state=stale' });
    expect(page).toContain(
      '<strong>Warmspare</strong> <span class="soft">1.2.3, instance <span title="0123456789abcdef">01234567</span>',
    );
    expect(page).toContain('<a href="/?state=stale&amp;refresh=30">reload every 30 seconds</a>');
    const fast = await draw({ address: '/?state=stale&refresh=30', refresh: 30 });
    expect(fast).toContain('Reloads every 30 seconds.');
    expect(fast).toContain('<a href="/?state=stale">Stop</a>');
  });

  it('tells times in the zone of the reader, too', async () => {
    const page = await renderOverview(
      snapshotOf([row('c', 'f', 'stale', { lastSuccess: sighting(3) })]),
      readOverviewQuery({}),
      [],
      {
        ...plainView,
        timeZone: 'Europe/Berlin',
      },
    );
    expect(page).toContain('title="2026-01-15 09:00:00 UTC, 10:00:00 Europe/Berlin"');
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
    expect(await overview(rows, { environment: 'production' })).toContain('<details class="urgency" open>');
    const stale = await overview(rows, { state: 'stale', service: 'support-api' });
    expect(headings(stale)).toEqual(['a']);
    expect(stale).toMatch(/primary<\/span> <a [^>]*>p</);
    expect(stale).toContain('<option value="stale" selected>');
    expect(await overview(rows, { service: 'nobody' })).toContain('No row matches.');
    const named = [row('Route-Email', 'p', undefined), row('Route-Email', 'haiku', 'fresh'), row('d', 'opus', 'fresh')];
    expect(headings(await overview(named, { named: 'route' }))).toEqual(['Route-Email']);
    const byTarget = await overview(named, { named: 'HAIKU' });
    expect(headings(byTarget)).toEqual(['Route-Email']);
    expect(byTarget).toMatch(/primary<\/span> <a [^>]*>p</);
    expect(byTarget).toContain('name="named" value="HAIKU"');
  });

  it('has pages once there are many chains, and stays on the last one past the end', async () => {
    const rows = Array.from({ length: 120 }, (_, index) => row(`c${index}`, 'f', 'fresh'));
    const second = await overview(rows, { page: '2', service: 'support-api' });
    expect(headings(second)).toHaveLength(50);
    expect(second).toContain('<a href="/?service=support-api">Previous</a>');
    expect(second).toContain('<a href="/?service=support-api&amp;page=3">Next</a>');
    expect(second).toContain('<h2 id="fine">Fine <small>120, 50 of them on this page</small>');
    expect(headings(await overview(rows, { page: '99' }))).toHaveLength(20);
  });

  it('stays small with ten thousand rows', async () => {
    const states = ['fresh', 'stale', 'failing', 'never_exercised'] as const;
    const rows = Array.from({ length: 10_000 }, (_, index) =>
      row(`chain-${Math.floor(index / 4) % 10}`, `target-${index % 4}`, states[index % 4], {
        service: { ...support, name: `service-${Math.floor(index / 40)}` },
      }),
    );
    const page = await overview(rows);
    expect(page).toContain('<h1>7500 of 10000 fallbacks may not work</h1>');
    expect(page).toContain('Page 1 of 50, 2500 chains');
    expect(page.length).toBeLessThan(300_000);
  });

  it('shows what is broken first, with why, then what nothing has proved, and nothing of what holds', async () => {
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
      ...page.matchAll(
        /<li title="([^"]*)"><span class="state \w+"><svg[^>]*>(.*?)<\/svg>([\w ]+)<\/span>(.*?)<\/li>/g,
      ),
    ];
    expect(cells.map(([, title, , word, more]) => [title, word, more])).toEqual([
      ['words of schema', 'schema broken', '<small>words of schema</small>'],
      ['words of breaker', 'breaker unverified', ''],
    ]);
    expect(new Set(cells.map(([, , shape]) => shape)).size).toBe(2);
    expect(page).toContain('Of 3 assumptions: 1 broken, 1 unverified.');
    expect(await overview([row('c', 'f', 'fresh')])).not.toContain('assumptions:');
  });

  it('lists unassigned calls with a start for the configuration, on the last page', async () => {
    const unassigned = [
      { service: support, provider: 'openai', requestModel: 'gpt-5', calls: 12, lastSeen: now - hour },
      { service: support, provider: undefined, requestModel: undefined, calls: 3, lastSeen: now - hour },
      { service: support, provider: undefined, requestModel: 'o3', calls: 1, lastSeen: now, insteadOf: 'nano<b>' },
    ];
    const rows = Array.from({ length: 60 }, (_, index) => row(`c${index}`, 'f', 'fresh'));
    const of = (page: string) =>
      renderOverview(snapshotOf(rows, [], { unassigned }), readOverviewQuery({ page }), [], plainView);
    expect(await of('1')).not.toContain('Unassigned calls');
    const last = await of('2');
    expect(last).toMatch(/gpt-5<small>openai<\/small>.*?>support-api<small>production<.*?>12<.*?1 hour ago/s);
    expect(last).toContain('no model named');
    expect(last).toMatch(/o3<small><\/small><small>possible fallback of nano&lt;b&gt;: it answered in place of that/);
    expect(last).toMatch(/<pre tabindex="0">.*chains:\n.*gen_ai\.request\.model: gpt-5/s);
  });

  it('lists words that nobody knows, on the last page', async () => {
    const unknownWords = [
      { table: 'finish_reason', word: 'moon<b>', count: 7 },
      { table: 'operation', word: 'paint', count: 1 },
    ] as const;
    const rows = Array.from({ length: 60 }, (_, index) => row(`c${index}`, 'f', 'fresh'));
    const of = (page: string) =>
      renderOverview(snapshotOf(rows, [], { unknownWords }), readOverviewQuery({ page }), [], plainView);
    expect(await of('1')).not.toContain('Words that prove nothing yet');
    const last = await of('2');
    expect(last).toMatch(/moon&lt;b&gt;<.*?>finish reason<.*?>7<.*?paint<.*?>operation<.*?>1</s);
    expect(await overview(rows)).not.toContain('Words that prove nothing yet');
  });

  it('lists who sends, the longest silent first', async () => {
    const watermarks = [1, 30, 2].map((hours) => ({
      service: { namespace: '', name: `silent-${hours}`, environment: '' },
      attributes: {},
      at: now - hours * hour,
    }));
    const page = await renderOverview(snapshotOf([], [], { watermarks }), readOverviewQuery({}), [], plainView);
    expect(page).toContain('<summary>3 services send spans; the longest silent was seen 30 hours ago</summary>');
    expect([...page.matchAll(/<li>service silent-(\d+):/g)].map(([, hours]) => hours)).toEqual(['30', '2', '1']);
  });

  it('says what is wrong with Warmspare itself', async () => {
    const page = await renderOverview(snapshotOf([]), readOverviewQuery({}), ['The disk is <full>.'], plainView);
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
    const query = { service: 'a b&c', environment: 'é', state: 'stale', named: '<a+b>', page: 3 } as const;
    expect(readOverviewQuery(Object.fromEntries(new URL(overviewHref(query), 'http://x').searchParams))).toEqual(query);
  });

  it.each(['0', '-1', 'x', '1.5', '1e99'])('with page=%s is the first page', (page) => {
    expect(readOverviewQuery({ page }).page).toBe(1);
  });
});
