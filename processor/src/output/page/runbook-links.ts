/** What is wrong with a chain or a target goes in, the heading of the runbooks that says what to do comes out. */
import type { AssumptionName } from '@warmspare/semconv';
import type { TargetSnapshot, TargetState } from '../../types/snapshot.ts';
import type { ChainStanding } from '../urgency.ts';

interface RunbookLink {
  readonly runbook: string;
  readonly words: string;
}

const runbook = (alert: string): string => `/runbooks#${alert.toLowerCase()}`;

const OF_STATES: Readonly<Record<Exclude<TargetState, 'fresh'>, string>> = {
  failing: 'FallbackFailing',
  never_exercised: 'FallbackNeverExercised',
  stale: 'FallbackStale',
};

const OF_ASSUMPTIONS: Readonly<Record<AssumptionName, string>> = {
  available: 'FallbackFailing',
  schema: 'FallbackSchemaInvalid',
  cache: 'FallbackCacheStale',
  breaker: 'FallbackFailoverSlow',
  capacity: 'FallbackCapacity',
};

/** What to do when users are affected, or a fallback serves. */
export function urgencyRunbook({ urgency, spares }: ChainStanding): RunbookLink {
  const alert =
    urgency === 'users_affected' ? 'FallbackChainExhausted' : spares === 0 ? 'NoSpareLeft' : 'FallbackEngaged';
  return { runbook: runbook(alert), words: 'What to do' };
}

/** The runbooks of a target's state, its broken assumptions and what it has not run under; each once. */
export function targetRunbooks({ state, assumptions, drift }: TargetSnapshot): readonly RunbookLink[] {
  const alerts = [
    ...(state === undefined || state === 'fresh' ? [] : [OF_STATES[state]]),
    ...assumptions.filter((each) => each.state === 'broken').map(({ name }) => OF_ASSUMPTIONS[name]),
    ...(drift.some(({ revisions }) => revisions.length > 0) ? ['FallbackContractDrift'] : []),
  ];
  return [...new Set(alerts)].map((alert) => ({ runbook: runbook(alert), words: alert }));
}
