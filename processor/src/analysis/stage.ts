/** What one batch says of a row and of a chain beyond counters and sightings: each attempt is shown to every part of the analysis. */
import type { CallOutcome, ContractPart, TriggerReason } from '@warmspare/semconv';
import type { Attempt, ChainRun } from '../types/evidence.ts';
import type { Facts } from '../types/facts.ts';
import type { Policy, TargetPolicy } from '../types/policy.ts';
import { ActivityStage, quarterOf } from './activity.ts';
import type { TripSigns } from './breaker-trips.ts';
import { ContractStage } from './contract.ts';
import { ExercisedStage, hasLimits } from './exercised.ts';
import { NO_FACTS } from './facts.ts';
import { FailoverStage } from './failover.ts';
import { TurnsStage } from './turns.ts';
import { VerdictStage } from './verdicts.ts';

const OF_A_TARGET: readonly ContractPart[] = ['schema'];
const OF_A_CHAIN: readonly ContractPart[] = ['model', 'prompt', 'schema'];

/** A primary has no assumptions, and its contract is the chain's. */
export class RowFactsStage {
  readonly #activity = new ActivityStage();
  readonly #primary: boolean;
  readonly #known: Facts | undefined;
  #unsampled = 0;
  #verdicts: VerdictStage | undefined;
  #schema: ContractStage | undefined;
  #exercised: ExercisedStage | undefined;
  #turns: TurnsStage | undefined;

  /** `known`: the row's facts as they are committed. */
  constructor(primary: boolean, known?: Facts) {
    this.#primary = primary;
    this.#known = known;
  }

  /** A call that counts; `at`: epoch ms. */
  count(at: number): void {
    this.#activity.count(at);
  }

  attempt(attempt: Attempt, outcome: CallOutcome, policy: Policy | TargetPolicy, at: number): void {
    if (this.#primary && attempt.unsampled) this.#unsampled = Math.max(this.#unsampled, quarterOf(at));
    if (this.#primary || !policy.counts.includes(attempt.exercise)) return;
    this.#verdicts ??= new VerdictStage();
    this.#verdicts.note(attempt, outcome, at, policy);
    this.#turns ??= new TurnsStage();
    this.#turns.note(attempt, outcome, at);
    if (hasLimits(policy)) {
      this.#exercised ??= new ExercisedStage();
      this.#exercised.note(attempt, outcome, at);
    }
    if (attempt.schemaFingerprint === undefined) return;
    this.#schema ??= new ContractStage(OF_A_TARGET, this.#known?.contract);
    this.#schema.note(attempt, outcome, at);
  }

  /** A health check; `at`: epoch ms. Any policy takes its word for whether the model answers. */
  probe(attempt: Attempt, outcome: CallOutcome, at: number): void {
    this.#verdicts ??= new VerdictStage();
    this.#verdicts.noteAvailable(attempt, outcome, at);
  }

  facts(): Facts {
    const activity = this.#activity.activity();
    const assumptions = this.#verdicts?.evidence();
    const contract = this.#schema?.history();
    const exercised = this.#exercised?.calls();
    const turns = this.#turns?.turns() ?? [];
    if (!activity && !assumptions && !contract && turns.length === 0 && this.#unsampled === 0) return NO_FACTS;
    return {
      ...(this.#unsampled > 0 && { unsampled: this.#unsampled }),
      ...(activity && { activity }),
      ...(assumptions && { assumptions }),
      ...(contract && { contract }),
      ...(exercised && { exercised }),
      ...(turns.length > 0 && { turns }),
    };
  }
}

/** Why a run goes past the primary without asking it. */
const PAST_PRIMARY: ReadonlySet<TriggerReason | undefined> = new Set(['budget', 'manual', 'drill']);

export class ChainFactsStage {
  readonly #contract: ContractStage;
  readonly #failover = new FailoverStage();
  #past: ActivityStage | undefined;

  /** `known`: the chain's facts as they are committed. */
  constructor(known?: Facts) {
    this.#contract = new ContractStage(OF_A_CHAIN, known?.contract);
  }

  /**
   * A call that counts; `at`: epoch ms. The present load is what the primary would have to bear: its own calls, and those that went
   * past it. Behind an open breaker a chain() still shows an attempt of the primary; a breaker of its own only shows what it fell
   * back to, with its state on it.
   */
  count({ routeType, exercise, triggerReason, breakerState }: Attempt, at: number): void {
    if (routeType === 'primary' || exercise === 'shadow') return;
    const isPast = triggerReason === 'breaker_open' ? breakerState === 'open' : PAST_PRIMARY.has(triggerReason);
    if (!isPast) return;
    this.#past ??= new ActivityStage();
    this.#past.count(at);
  }

  attempt(attempt: Attempt, outcome: CallOutcome, policy: Policy, at: number): void {
    if (attempt.routeType === 'primary') this.#contract.note(attempt, outcome, at);
    this.#failover.note(attempt, outcome, at, policy, policy.counts.includes(attempt.exercise));
  }

  run(run: ChainRun, at: number): void {
    this.#failover.run(run, at);
  }

  /** Breakers that the facts have no room for. */
  get breakersLeftOut(): number {
    return this.#failover.breakersLeftOut;
  }

  /** What tells trips of breakers. */
  signs(): TripSigns {
    return this.#failover.signs();
  }

  facts(): Facts {
    const contract = this.#contract.history();
    const failover = this.#failover.evidence();
    const activity = this.#past?.activity();
    if (!contract && !failover && !activity) return NO_FACTS;
    return { ...(contract && { contract }), ...(failover && { failover }), ...(activity && { activity }) };
  }
}
