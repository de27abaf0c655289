import { describe, expect, it } from 'vitest';
import type { AssumptionSnapshot, ChainSnapshot, HeadroomSnapshot, TargetSnapshot } from '../../types/snapshot.ts';
import { hour, now, plainView, row, sighting, snapshotOf, support } from '../testdata/snapshots.ts';
import { readTargetQuery, targetHref } from './query.ts';
import { renderTarget } from './target.ts';

async function targetPage(target: TargetSnapshot, chains: readonly ChainSnapshot[] = []): Promise<string> {
  const query = readTargetQuery(Object.fromEntries(new URL(targetHref(target), 'http://x').searchParams));
  const others = [row(target.chain, 'other', 'fresh'), { ...target, routeType: 'cache' as const, state: undefined }];
  return (await renderTarget(snapshotOf([...others, target], [], { chains }), query, plainView)) ?? '';
}

const text = (page: string): string => page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

describe('a target’s page', () => {
  it('says why the target is in its state, by which spans, and what would change it', async () => {
    const target = row('c', 'f', 'failing', {
      lastSuccess: sighting(30),
      lastFailure: { ...sighting(1), outcome: 'error', errorType: '404' },
      lastAttempt: sighting(1),
    });
    const page = await targetPage(target);
    expect(page).toContain('<title>f failing · c · Warmspare</title>');
    expect(text(page)).toContain(
      'Its last exercise failed 1 hour ago (error: 404); it last succeeded 30 hours ago. Repair it, then drill it: the next success makes it fresh.',
    );
    expect(text(page)).toMatch(
      /Last failure 2026-01-15 11:00:00 UTC \(1 hour ago\) , trace (a1)+ span (b2)+ , error: 404/,
    );
    expect(page).not.toContain('>other<');
  });

  it('says of each assumption its state, since when, why, by which span, and what would change it', async () => {
    const assumptions: AssumptionSnapshot[] = [
      {
        name: 'available',
        state: 'holds',
        since: now - hour,
        words: 'answered 1 hour ago',
        by: sighting(1),
        remedy: 'unused',
      },
      {
        name: 'schema',
        state: 'unverified',
        since: now - 2 * hour,
        words: 'no output',
        by: undefined,
        remedy: 'see `max_age`',
      },
    ];
    const page = text(await targetPage(row('c', 'f', 'fresh', { assumptions })));
    expect(page).toMatch(
      /available Does the model answer\? holds for 1 hour Answered 1 hour ago\. trace (a1)+ span (b2)+ nothing needed/,
    );
    expect(page).toMatch(/schema Does the output match the schema\? unverified for 2 hours No output\. See max_age \./);
  });

  it('lists what of the primary changed since it last worked, newest first', async () => {
    const seen = (revision: string, hoursAgo: number) => ({ revision, firstSeen: sighting(hoursAgo), lastSeen: now });
    const drift = [
      { part: 'model' as const, revisions: [seen('gpt-5.2', 1), seen('gpt-5.1', 2)] },
      { part: 'prompt' as const, revisions: [] },
    ];
    const page = text(await targetPage(row('c', 'f', 'fresh', { drift })));
    expect(page).toContain(
      'What of the primary changed since it last worked model: gpt-5.2 , first seen 1 hour ago , gpt-5.1 , first seen 2 hours ago',
    );
    expect(page).not.toContain('prompt:');
  });

  it('says what is left out of that, and where more changed than is known', async () => {
    const revision = { revision: 'gpt-5.2', firstSeen: sighting(1), lastSeen: now };
    const drift = [{ part: 'model' as const, revisions: [revision], atLeast: true as const }];
    const contract = [{ part: 'prompt' as const, current: 'x', revisions: [], unstable: true }];
    const chain = { service: support, chain: 'c', attributes: {}, contract, breakers: [], detection: undefined };
    const page = text(await targetPage(row('c', 'f', 'never_exercised', { drift }), [chain]));
    expect(page).toContain(
      'What of the primary changed since it was declared model: gpt-5.2 , first seen 1 hour ago , and older ones that are no longer known prompt: left out, it changes on most calls',
    );
  });

  it('holds what it would need for the whole load against each limit, and says on how many calls that rests', async () => {
    const headroom: HeadroomSnapshot[] = [
      { limit: 'cost_per_hour', headroom: 3.2, declared: 40, projected: 12.5, unit: 'USD/h', calls: 9, load: 0.3 },
      { limit: 'p95_latency', headroom: undefined, declared: 8, projected: undefined, unit: 's', calls: 0, load: 0.3 },
      {
        limit: 'tokens_per_minute',
        headroom: undefined,
        declared: 200_000,
        projected: undefined,
        unit: '{token}/min',
        calls: 1,
        load: undefined,
      },
    ];
    const page = text(await targetPage(row('c', 'f', 'fresh', { headroom })));
    expect(page).toContain('Cost an hour 12.5 of 40 USD/h, by 9 exercised calls');
    expect(page).toContain('not known against the limit of 8 s: no call says what it takes (0 exercised calls)');
    expect(page).toContain(
      'not known against the limit of 200000 tokens/min: the present load is not known (1 exercised call)',
    );
  });

  it('lists its state changes, newest first, with why', async () => {
    const turn = (hours: number, outcome: string, more: object = {}) =>
      ({ ...sighting(hours), outcome, kind: 'drill', ...more }) as const;
    const turns = [turn(40, 'success'), turn(2, 'error', { errorType: '404' }), turn(1, 'success')];
    const page = text(await targetPage(row('c', 'f', 'fresh', { turns })));
    const [, changes = ''] = page.split('State changes 5');
    expect(changes.replaceAll(/trace (a1)+ span (b2)+ /g, '')).toMatch(
      /11:00:00 UTC \(1 hour ago\) fresh succeeded \(drill\) .*10:00:00 UTC \(2 hours ago\) failing failed \(error: 404, drill\) .*20:00:00 UTC \(16 hours ago\) stale no success for 1 day .* fresh succeeded \(drill\) .* never exercised declared/,
    );
  });

  it('leads on: to the runbooks of what is wrong, and to a query of its metrics', async () => {
    const schema = { name: 'schema', state: 'broken', since: now, words: 'w', by: undefined, remedy: 'r' } as const;
    const page = await targetPage(row('c', 'say "f"', 'stale', { assumptions: [schema] }));
    expect([...page.matchAll(/href="(\/runbooks#[^"]*)">/g)].map(([, href]) => href)).toEqual([
      '/runbooks#fallbackstale',
      '/runbooks#fallbackschemainvalid',
    ]);
    const labels =
      '{service_name="support-api", deployment_environment_name="production", llm_fallback_chain_name="c", llm_fallback_target_name="say \\"f\\""}';
    expect(page.replaceAll('&quot;', '"')).toContain(
      `<pre tabindex="0">llm_fallback_time_since_last_success_seconds${labels}\n  / llm_fallback_max_age_seconds${labels}</pre>`,
    );
  });

  it('is not there for a target that nobody knows', () => {
    expect(
      renderTarget(snapshotOf([row('c', 'f', 'fresh')]), readTargetQuery({ name: 'c', target: 'g' }), plainView),
    ).toBeUndefined();
  });
});
