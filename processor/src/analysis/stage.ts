/** What one batch says of a row and of a chain beyond counters and sightings: each attempt is shown to every part of the analysis. */
import type { CallOutcome } from '@warmspare/semconv';
import type { Attempt, ChainRun } from '../types/evidence.ts';
import type { Facts } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import { createActivityStage } from './activity.ts';
import { createContractStage } from './contract.ts';
import { NO_FACTS } from './facts.ts';
import { createFailoverStage } from './failover.ts';
import { createVerdictStage } from './verdicts.ts';

export interface RowFactsStage {
  /** A call that counts; `at`: epoch ms. */
  count(at: number): void;
  attempt(attempt: Attempt, outcome: CallOutcome, policy: Policy, at: number): void;
  facts(): Facts;
}

export interface ChainFactsStage {
  attempt(attempt: Attempt, outcome: CallOutcome, policy: Policy, at: number): void;
  run(run: ChainRun, at: number): void;
  facts(): Facts;
}

/** `primary`: it has no assumptions, and its contract is the chain's. */
export function createRowFacts(primary: boolean): RowFactsStage {
  const activity = createActivityStage();
  const verdicts = primary ? undefined : createVerdictStage();
  const schema = primary ? undefined : createContractStage(['schema']);
  return {
    count: activity.count,
    attempt(attempt, outcome, policy, at) {
      if (!verdicts || !policy.counts.includes(attempt.exercise)) return;
      verdicts.note(attempt, outcome, at, policy);
      schema?.note(attempt, outcome, at);
    },
    facts: () =>
      factsOf({ activity: activity.activity(), assumptions: verdicts?.evidence(), contract: schema?.history() }),
  };
}

export function createChainFacts(): ChainFactsStage {
  const contract = createContractStage(['model', 'prompt', 'schema']);
  const failover = createFailoverStage();
  return {
    attempt(attempt, outcome, policy, at) {
      const primary = attempt.routeType === 'primary';
      if (primary) contract.note(attempt, outcome, at);
      failover.note(attempt, outcome, at, policy, primary || policy.counts.includes(attempt.exercise));
    },
    run: failover.run,
    facts: () => factsOf({ contract: contract.history(), failover: failover.evidence() }),
  };
}

function factsOf(parts: { [K in keyof Facts]: Facts[K] | undefined }): Facts {
  const known = Object.entries(parts).filter(([, part]) => part !== undefined);
  return known.length === 0 ? NO_FACTS : (Object.fromEntries(known) as Facts);
}
