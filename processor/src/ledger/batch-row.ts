/** What one batch says of one row: attempts and announcements go in, the commit reads it. Parts that most rows do not need are made when one needs them. */
import {
  type CallOutcome,
  type DrillFaultName,
  type DrillOutcome,
  EXERCISE_KINDS,
  type ExerciseKind,
  isConclusive,
} from '@warmspare/semconv';
import { NO_FACTS } from '../analysis/facts.ts';
import { MutableSighting } from '../analysis/mutable-sighting.ts';
import { RowFactsStage } from '../analysis/stage.ts';
import type { Attempt } from '../types/evidence.ts';
import type { Facts } from '../types/facts.ts';
import type { Policy } from '../types/policy.ts';
import type { FailureSighting } from '../types/snapshot.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { KindEvidence, RowKey, RowState } from '../types/store.ts';
import { RowSeries, type SeriesShare } from './series.ts';

export class BatchRow {
  readonly key: RowKey;
  /** What happened until then (epoch ms) is not the row's; 0 for one that was never retired. */
  readonly retiredAt: number;
  readonly id: string;
  readonly service: ServiceIdentity;
  readonly #receivedAt: number;
  #series: RowSeries | undefined;
  /** Of each exercise kind its success and its failure. */
  readonly #newest: (NewestSighting | undefined)[] = [];
  readonly #known: Facts | undefined;
  #facts: RowFactsStage | undefined;
  #rank: number | undefined;
  #announced = false;
  #seen = false;
  #newestAnnouncement = 0;

  /** `known`: the row's facts as they are committed. */
  constructor(key: RowKey, id: string, service: ServiceIdentity, retiredAt: number, receivedAt: number, known?: Facts) {
    this.key = key;
    this.retiredAt = retiredAt;
    this.id = id;
    this.service = service;
    this.#receivedAt = receivedAt;
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
    keepNewest(this.#newest, place, attempt, outcome, at);
  }

  /** A health check moves no sighting. */
  probe(attempt: Attempt, outcome: CallOutcome, at: number): void {
    this.#stagedFacts().probe(attempt, outcome, at);
  }

  /** The greatest event time of an announcement that lists the row and is no duplicate, epoch ms; 0 without one. */
  get newestAnnouncement(): number {
    return this.#newestAnnouncement;
  }

  get series(): readonly SeriesShare[] {
    return this.#series?.all() ?? NO_SERIES;
  }

  facts(): Facts {
    return this.#facts?.facts() ?? NO_FACTS;
  }

  state(): RowState {
    return {
      rank: this.#rank,
      declaredAt: this.#receivedAt,
      announcedAt: this.#announced ? this.#receivedAt : 0,
      seenAt: this.#seen ? this.#receivedAt : 0,
      evidence: this.#facts ? this.#evidence() : NO_EVIDENCE,
    };
  }

  #stagedFacts(): RowFactsStage {
    this.#facts ??= new RowFactsStage(this.key.routeType === 'primary', this.#known);
    return this.#facts;
  }

  #evidence(): RowState['evidence'] {
    const evidence: Partial<Record<ExerciseKind, KindEvidence>> = {};
    for (let place = 0; place < this.#newest.length; place += 2) {
      const kind = EXERCISE_KINDS[place / 2];
      const success = this.#newest[place];
      const failure = this.#newest[place + 1];
      if (kind === undefined || !(success || failure)) continue;
      evidence[kind] = { success: success?.sighting.seen(), failure: failure && failureSeen(failure) };
    }
    return evidence;
  }
}

function failureSeen({ sighting, outcome, errorType }: NewestSighting): FailureSighting {
  const { at, traceId, spanId } = sighting.seen();
  return { at, traceId, spanId, outcome, errorType };
}

const NO_SERIES: readonly SeriesShare[] = [];
const NO_EVIDENCE: RowState['evidence'] = {};

/** The newest success or failure of one kind, filled in place so that a span allocates nothing. */
interface NewestSighting {
  readonly sighting: MutableSighting;
  outcome: FailureSighting['outcome'];
  errorType: string | undefined;
}

/** Keeps the later one; at the same time the greater ids, as `merge.ts` does. */
function keepNewest(
  newest: (NewestSighting | undefined)[],
  place: number,
  attempt: Attempt,
  outcome: NewestSighting['outcome'],
  at: number,
): void {
  const known = newest[place];
  if (!known) {
    newest[place] = { sighting: new MutableSighting(attempt, at), outcome, errorType: attempt.errorType };
    return;
  }
  const order = known.sighting.moveLater(attempt, at);
  if (order < 0 || (order === 0 && textOf(known.outcome, known.errorType) >= textOf(outcome, attempt.errorType)))
    return;
  known.outcome = outcome;
  known.errorType = attempt.errorType;
}

/** What orders two of the same span. */
const textOf = (outcome: string, errorType: string | undefined): string => `${outcome}\0${errorType ?? ''}`;
