/** What one batch says of one row: attempts and announcements in, a delta out. What most rows do not need is made when it is needed. */
import {
  type CallOutcome,
  type DrillFaultName,
  type DrillOutcome,
  EXERCISE_KINDS,
  type ExerciseKind,
  isConclusive,
} from '@warmspare/semconv';
import { NO_FACTS } from '../analysis/facts.ts';
import { RowFactsStage } from '../analysis/stage.ts';
import type { Attempt } from '../types/evidence.ts';
import type { Facts } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import type { FailureSighting } from '../types/snapshot.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { KindEvidence, RowKey, RowState } from '../types/store.ts';
import { type Cell, sight } from './cell.ts';
import { RowSeries, type SeriesDelta } from './series.ts';

export interface RowDelta {
  readonly key: RowKey;
  readonly id: string;
  readonly service: ServiceIdentity;
  readonly state: RowState;
  /** The greatest event time of an announcement that lists the row and is no duplicate, epoch ms; 0 without one. */
  readonly newestAnnouncement: number;
  readonly series: readonly SeriesDelta[];
  readonly facts: Facts;
}

export class StagedRow {
  readonly key: RowKey;
  /** What happened until then (epoch ms) is not the row's; 0 for one that was never retired. */
  readonly retiredAt: number;
  readonly #id: string;
  readonly #service: ServiceIdentity;
  #series: RowSeries | undefined;
  /** Of each exercise kind its success and its failure. */
  readonly #cells: (Cell | undefined)[] = [];
  readonly #known: Facts | undefined;
  #facts: RowFactsStage | undefined;
  #rank: number | undefined;
  #announced = false;
  #seen = false;
  #newestAnnouncement = 0;

  /** `known`: the row's facts as they are committed. */
  constructor(key: RowKey, id: string, service: ServiceIdentity, retiredAt: number, known?: Facts) {
    this.key = key;
    this.retiredAt = retiredAt;
    this.#id = id;
    this.#service = service;
    this.#known = known;
  }

  announce(rank: number): void {
    this.#rank = this.#announced && this.#rank !== undefined ? Math.min(this.#rank, rank) : rank;
    this.#announced = true;
    this.#seen = true;
  }

  /** `at`: the event time of an announcement, epoch ms. */
  announcedAt(at: number): void {
    if (at > this.#newestAnnouncement) this.#newestAnnouncement = at;
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

  /** A failure that a drill made itself. */
  countInjected(attempt: Attempt, outcome: CallOutcome): void {
    this.#series ??= new RowSeries(this.key.routeType === 'primary');
    this.#series.injected(attempt, outcome);
  }

  drill(outcome: DrillOutcome, fault: DrillFaultName | undefined): void {
    this.#series ??= new RowSeries(this.key.routeType === 'primary');
    this.#series.drill(outcome, fault);
  }

  /** One more or one less that waits to be counted. */
  hold(outcome: CallOutcome, by: 1 | -1): void {
    this.#series ??= new RowSeries(this.key.routeType === 'primary');
    this.#series.hold(outcome, by);
  }

  /** Adds to the activity; `at`: epoch ms. */
  active(at: number): void {
    this.#stagedFacts().count(at);
  }

  /** Moves the sightings. */
  prove(attempt: Attempt, outcome: CallOutcome, policy: Policy, at: number): void {
    this.#stagedFacts().attempt(attempt, outcome, policy, at);
    if (!isConclusive(outcome)) return;
    const place = 2 * EXERCISE_KINDS.indexOf(attempt.exercise) + (outcome === 'success' ? 0 : 1);
    sight(this.#cells, place, attempt, outcome, at);
  }

  /** A health check moves no sighting. */
  probe(attempt: Attempt, outcome: CallOutcome, at: number): void {
    this.#stagedFacts().probe(attempt, outcome, at);
  }

  seal(receivedAt: number): RowDelta {
    return {
      key: this.key,
      id: this.#id,
      service: this.#service,
      newestAnnouncement: this.#newestAnnouncement,
      series: this.#series?.all() ?? NO_SERIES,
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

  #stagedFacts(): RowFactsStage {
    this.#facts ??= new RowFactsStage(this.key.routeType === 'primary', this.#known);
    return this.#facts;
  }

  #evidence(): RowState['evidence'] {
    const evidence: Partial<Record<ExerciseKind, KindEvidence>> = {};
    for (let place = 0; place < this.#cells.length; place += 2) {
      const kind = EXERCISE_KINDS[place / 2];
      const success = this.#cells[place];
      const failure = this.#cells[place + 1];
      if (kind === undefined || !(success || failure)) continue;
      evidence[kind] = { success: success?.mark.seen(), failure: failure && failureSeen(failure) };
    }
    return evidence;
  }
}

function failureSeen({ mark, outcome, errorType }: Cell): FailureSighting {
  const { at, traceId, spanId } = mark.seen();
  return { at, traceId, spanId, outcome, errorType };
}

const NO_SERIES: readonly SeriesDelta[] = [];
const NO_EVIDENCE: RowState['evidence'] = {};
