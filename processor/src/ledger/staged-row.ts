/** What one batch says of one row: attempts and announcements in, a delta out. What most rows do not need is made when it is needed. */
import { type CallOutcome, EXERCISE_KINDS, type ExerciseKind } from '@warmspare/semconv';
import { NO_FACTS } from '../analysis/facts.ts';
import { RowFactsStage } from '../analysis/stage.ts';
import type { Attempt } from '../types/evidence.ts';
import type { Facts } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { KindEvidence, RowKey, RowState } from '../types/store.ts';
import { type Cell, sight, sighting } from './cell.ts';
import { RowSeries, type SeriesDelta } from './series.ts';

export interface RowDelta {
  readonly key: RowKey;
  readonly id: string;
  readonly service: ServiceIdentity;
  readonly state: RowState;
  readonly series: readonly SeriesDelta[];
  readonly facts: Facts;
}

export class StagedRow {
  readonly key: RowKey;
  readonly #id: string;
  readonly #service: ServiceIdentity;
  #series: RowSeries | undefined;
  readonly #success: (Cell | undefined)[] = [];
  readonly #failure: (Cell | undefined)[] = [];
  #facts: RowFactsStage | undefined;
  #rank: number | undefined;
  #announced = false;
  #seen = false;

  constructor(key: RowKey, id: string, service: ServiceIdentity) {
    this.key = key;
    this.#id = id;
    this.#service = service;
  }

  announce(rank: number): void {
    this.#rank = this.#announced && this.#rank !== undefined ? Math.min(this.#rank, rank) : rank;
    this.#announced = true;
    this.#seen = true;
  }

  /** A span names the row; an announcement knows its rank better. */
  name(attempt: Attempt): void {
    if (!attempt.configured) this.#seen = true;
    if (this.#announced || attempt.rank === undefined) return;
    this.#rank = this.#rank === undefined ? attempt.rank : Math.min(this.#rank, attempt.rank);
  }

  /** Adds to the counters. */
  count(attempt: Attempt, outcome: CallOutcome): void {
    this.#series ??= new RowSeries(this.key.routeType === 'primary');
    this.#series.attempt(attempt, outcome);
  }

  /** One more or one less that waits to be counted. */
  hold(outcome: CallOutcome, by: 1 | -1): void {
    this.#series ??= new RowSeries(this.key.routeType === 'primary');
    this.#series.hold(outcome, by);
  }

  /** Adds to the activity; `at`: epoch ms. */
  active(at: number): void {
    this.#facts ??= new RowFactsStage(this.key.routeType === 'primary');
    this.#facts.count(at);
  }

  /** Moves the sightings. */
  prove(attempt: Attempt, outcome: CallOutcome, policy: Policy, at: number): void {
    this.#facts ??= new RowFactsStage(this.key.routeType === 'primary');
    this.#facts.attempt(attempt, outcome, policy, at);
    if (outcome === 'cancelled') return;
    const cells = outcome === 'success' ? this.#success : this.#failure;
    sight(cells, EXERCISE_KINDS.indexOf(attempt.exercise), attempt, outcome, at);
  }

  seal(receivedAt: number): RowDelta {
    return {
      key: this.key,
      id: this.#id,
      service: this.#service,
      series: this.#series?.all() ?? [],
      facts: this.#facts?.facts() ?? NO_FACTS,
      state: {
        rank: this.#rank,
        declaredAt: receivedAt,
        announcedAt: this.#announced ? receivedAt : 0,
        seenAt: this.#seen ? receivedAt : 0,
        evidence: this.#facts ? this.#evidence() : NO_EVIDENCE,
      },
    };
  }

  #evidence(): RowState['evidence'] {
    const evidence: Partial<Record<ExerciseKind, KindEvidence>> = {};
    for (const [index, kind] of EXERCISE_KINDS.entries()) {
      const success = this.#success[index];
      const failure = this.#failure[index];
      if (!success && !failure) continue;
      evidence[kind] = {
        success: success && sighting(success),
        failure: failure && { ...sighting(failure), outcome: failure.outcome, errorType: failure.errorType },
      };
    }
    return evidence;
  }
}

const NO_EVIDENCE: RowState['evidence'] = {};
