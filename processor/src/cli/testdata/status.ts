/** Rows of /status.json, and a service that answers with them. */
import type { StatusDocument, StatusTarget } from '../../output/status-json.ts';

export const fresh: StatusTarget = {
  service: 'support-api',
  chain: 'summarize',
  target: 'claude',
  route_type: 'fallback',
  rank: 1,
  state: 'fresh',
  sentence: 'Last succeeded 3 minutes ago (drill).',
  declared_at: '2026-01-01T00:00:00.000Z',
  max_age: 86_400,
  assumptions: [],
  drift: [],
  headroom: [],
};
const { state: _, ...judgedFresh } = fresh;
export const primary: StatusTarget = {
  ...judgedFresh,
  target: 'gpt',
  route_type: 'primary',
  rank: 0,
  sentence: 'The primary.',
};
export const failing: StatusTarget = {
  ...fresh,
  target: 'rules',
  route_type: 'heuristic',
  state: 'failing',
  sentence: 'Its last exercise failed 2 days ago (error: 404); it last succeeded 9 days ago.',
};

/** A service that answers with these rows. */
export function statusOf(
  targets: readonly StatusTarget[],
  services: StatusDocument['services'] = [{ newest_span_at: '2026-01-01T00:00:00.000Z' }],
  chains: StatusDocument['chains'] = [],
) {
  const document: StatusDocument = {
    version: 1,
    now: '2026-01-01T00:00:00.000Z',
    instance_id: 'i',
    started_at: '2026-01-01T00:00:00.000Z',
    verdict: 'unknown',
    reason: 'As the service says.',
    problems: [],
    urgencies: { users_affected: 0, on_fallback: 0, would_not_hold: 0, fine: 0 },
    counts: { never_exercised: 0, failing: 0, stale: 0, fresh: 0 },
    targets,
    chains,
    services,
    unassigned: [],
    drill_next: [],
  unknown_words: [],
  };
  return { answer: () => Response.json(document) };
}
