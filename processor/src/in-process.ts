/**
 * The ledger inside the application itself: calls from the diagnostics channel in, metrics for the application's own metric
 * reader out. It imports no OpenTelemetry SDK at run time, and nothing it does throws into a call.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { diag } from '@opentelemetry/api';
import { CALL_CHANNEL, type CallMessage } from '@warmspare/semconv';
import { createPipeline } from './commit/pipeline.ts';
import { type Environment, formatProblem, parseConfig } from './config/config.ts';
import type { FinishedSpan } from './in-process/as-span.ts';
import { createInbox } from './in-process/inbox.ts';
import { type CollectionResult, collectionResult, type Temporality } from './in-process/metric-data.ts';
import { createDeltaState, type DeltaExport, type DeltaState } from './output/delta.ts';
import { openDeltas } from './output/deltas.ts';
import { createMemoryStore } from './store/memory.ts';
import { openSqliteStore } from './store/sqlite/sqlite.ts';
import type { MetricPoint } from './types/metric.ts';
import type { Pipeline } from './types/pipeline.ts';
import type { Policies } from './types/policy.ts';
import type { Snapshot } from './types/snapshot.ts';
import type { Store } from './types/store.ts';

export type { Environment } from './config/config.ts';
export type { FinishedSpan } from './in-process/as-span.ts';
export type { CollectionResult, Temporality } from './in-process/metric-data.ts';
export type { MetricPoint } from './types/metric.ts';
export type { StoreDamage } from './types/pipeline.ts';
export type { SentRecord, SentStore } from './types/sent.ts';
export type { Snapshot, TargetSnapshot } from './types/snapshot.ts';
export type * from './types/store.ts';

/** How the ledger is kept. */
export interface InProcessOptions {
  /** Whose calls these are: the identity that every row and point carries. `name` is `service.name`. */
  readonly service: { readonly name: string; readonly namespace?: string; readonly environment?: string };
  /** A SQLite file, one process a file. Without it the ledger lives in memory and a restart forgets it. */
  readonly path?: string;
  /**
   * A PostgreSQL database that other processes use as well, services or in-process ledgers; not together with `path`. `schema` is `warmspare`
   * and `pool` 2 where they are left out.
   */
  readonly postgres?: { readonly url: string; readonly schema?: string; readonly pool?: number };
  /** Keeps the evidence in place of a file; not together with `path` or `postgres`. The ledger closes it. */
  readonly store?: Store;
  /** The text of a warmspare.yaml; its `defaults` and `chains` are used. */
  readonly config?: string;
  /** Serves `${env:NAME}` in `config`. */
  readonly env?: Environment;
  /** Epoch ms. */
  readonly now?: () => number;
}

/** A span processor by structure, for SDK 2.x and 3.x. */
export interface InProcessSpanProcessor {
  onStart(span: unknown, parentContext: unknown): void;
  onEnd(span: FinishedSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** A `MetricProducer` by structure, for SDK 2.x and 3.x. */
export interface InProcessMetricProducer {
  collect(): Promise<CollectionResult>;
}

/** A ledger in this process, and what connects it to the app's own SDK. */
export interface InProcess {
  /**
   * For `metricProducers` of a metric reader; one for each reader, with that reader's temporality. `delta` is what was added
   * since the producer was asked last; with a file, also by an earlier process, whose producers are told apart by the order in
   * which they were made.
   */
  createMetricProducer(options?: { readonly temporality?: Temporality }): InProcessMetricProducer;
  /** Reads the spans of other instrumentations in this process; a call that was published on the channel is taken from there. */
  createSpanProcessor(): InProcessSpanProcessor;
  /** What is known now. Rejects where the store could not be opened. */
  snapshot(): Promise<Snapshot>;
  /** Stops listening, commits what waits and closes the store. Never rejects. */
  close(): Promise<void>;
}

/** How long a call waits for its commit, and what is due for being settled, in ms. */
const FLUSH_INTERVAL = 1000;

/**
 * Starts at once and listens from the first call on; the store opens meanwhile. Throws where `config` has problems, naming all
 * of them, and where `path` and `store` are both given. A store that cannot be opened is reported through `diag` and by every `collect`.
 */
export function startInProcess(options: InProcessOptions): InProcess {
  const { now = Date.now, path, postgres, store } = options;
  if ([path, postgres, store].filter((each) => each !== undefined).length > 1) {
    throw new TypeError('warmspare: give either `path` or `store` or `postgres`, one of them');
  }
  const { name, namespace = '', environment = '' } = options.service;
  const inbox = createInbox({ namespace, name: name || 'unknown_service', environment });
  const policies = policiesOf(options);
  let closed = false;
  let complained = false;
  let toldDropped = false;
  let toldRefused = false;

  const complain = (error: unknown): void => {
    if (!complained) diag.error('warmspare: evidence cannot be kept', error);
    complained = true;
  };
  const openStore = async (): Promise<Store> => {
    if (store) return store;
    if (postgres) {
      const { openPostgresStore } = await import('./store/postgres/postgres.ts');
      return openPostgresStore({ schema: 'warmspare', pool: 2, ...postgres, now });
    }
    return path === undefined ? createMemoryStore() : openSqliteStore({ path, now });
  };
  const opened: Promise<Pipeline> = openStore().then((kept) => createPipeline({ policies, store: kept, now }));
  opened.catch(complain);

  // One flush after the other: two at once could not tell what the other one took.
  let last: Promise<void> = Promise.resolve();
  const flush = (all: boolean): Promise<void> => {
    last = last
      .catch(() => undefined)
      // Outputs are judged in the turn after they were handed over: what was just answered counts.
      .then(() => nextTurn())
      .then(() => opened)
      .then(async (pipeline) => {
        await pipeline.readChanges();
        await inbox.flush(pipeline, now(), all);
        await pipeline.settle();
      })
      .finally(() => {
        if (inbox.dropped > 0 && !toldDropped) {
          toldDropped = true;
          diag.warn(`warmspare: ${inbox.dropped} calls found no room before they could be committed, and do not count`);
        }
        if (inbox.refused !== '' && !toldRefused) {
          toldRefused = true;
          diag.warn(`warmspare: ${inbox.refused}`);
        }
      });
    return last;
  };
  const onMessage = (message: unknown): void => {
    if (isCallMessage(message)) inbox.message(message);
  };
  subscribe(CALL_CHANNEL, onMessage);
  const timer = setInterval(() => void flush(false).catch(complain), FLUSH_INTERVAL);
  timer.unref();

  let closing: Promise<void> | undefined;
  const finish = async (): Promise<void> => {
    await flush(true).catch(complain);
    closed = true;
    unsubscribe(CALL_CHANNEL, onMessage);
    clearInterval(timer);
    await flush(true).catch(complain);
    await opened.then((pipeline) => pipeline.close()).catch(complain);
  };
  const close = (): Promise<void> => {
    closing ??= finish();
    return closing;
  };

  let deltaProducers = 0;
  const startDeltas = (producer: number): Promise<DeltaState> => {
    const started = opened.then((pipeline) => {
      const before = pipeline.snapshot(now());
      const points = [...pipeline.metrics(before)];
      if (path !== undefined || store !== undefined || postgres !== undefined) {
        return openDeltas(pipeline.sent, { name: `producer ${producer}`, address: '' }, points, before.now);
      }
      const deltas = createDeltaState();
      deltas.start(points, before.now);
      return deltas;
    });
    started.catch(() => undefined);
    return started;
  };

  return {
    createMetricProducer({ temporality = 'cumulative' } = {}) {
      const deltas = temporality === 'delta' ? startDeltas(deltaProducers++) : undefined;
      // One after the other: a second one could not tell what the first one is given.
      let last: Promise<unknown> = Promise.resolve();
      const collect = async (): Promise<CollectionResult> => {
        const errors: unknown[] = [];
        const pipeline = await opened.catch((error: unknown) => void errors.push(error));
        if (!pipeline) return collectionResult([], now(), temporality, errors);
        const state = await deltas?.catch((error: unknown) => void errors.push(error));
        await flush(false).catch((error: unknown) => void errors.push(error));
        const snapshot = pipeline.snapshot(now());
        const points = [...pipeline.metrics(snapshot)];
        if (!deltas) return collectionResult(points, snapshot.now, temporality, errors);
        const given = state && (await give(state.since(points, snapshot.now), errors));
        return collectionResult(given ?? points.filter(isGauge), snapshot.now, temporality, errors);
      };
      return {
        collect() {
          const result = last.then(collect);
          last = result.catch(() => undefined);
          return result;
        },
      };
    },
    createSpanProcessor: () => ({
      onStart: () => undefined,
      onEnd: (span) => {
        if (!closed) inbox.span(span);
      },
      forceFlush: () => flush(true).catch(complain),
      shutdown: () => flush(true).catch(complain),
    }),
    async snapshot() {
      const pipeline = await opened;
      await flush(true);
      return pipeline.snapshot(now());
    },
    close,
  };
}

/**
 * A producer isn't told whether the export succeeds: the reader owns what it was given. What cannot be kept as given is not given now,
 * or another process would give it again.
 */
async function give(since: DeltaExport, errors: unknown[]): Promise<readonly MetricPoint[] | undefined> {
  try {
    await since.kept();
  } catch (error) {
    errors.push(error);
    return undefined;
  }
  since.accepted();
  return since.points;
}

const isGauge = ({ kind }: MetricPoint): boolean => kind === 'gauge';

function policiesOf({ config = '', env = {} }: InProcessOptions): Policies {
  const parsed = parseConfig(config, env);
  if (parsed.problems) throw new Error(parsed.problems.map((problem) => formatProblem('config', problem)).join('\n'));
  return parsed.config.policies;
}

function isCallMessage(message: unknown): message is CallMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'name' in message &&
    'endTime' in message &&
    'attributes' in message &&
    typeof message.attributes === 'object' &&
    message.attributes !== null
  );
}
