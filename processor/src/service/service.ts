/** A configuration goes in, a running service comes out: store, pipeline, receivers, outputs and the admin port, started and stopped in order. */
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../base/log.ts';
import { createPipeline } from '../commit/pipeline.ts';
import type { Config, ListenerConfig, OtlpExporterConfig, TokenFile } from '../config/config.ts';
import { deltasFor } from '../output/deltas.ts';
import { withHistograms } from '../output/metrics.ts';
import { createRequestRejections, selfMetricPoints } from '../output/self-metrics.ts';
import { createSenders, type Tokens } from '../receive/auth.ts';
import type { Receiver, ReceiverOptions } from '../receive/receiver.ts';
import { isLoopback } from '../receive/site.ts';
import type { MetricPoint } from '../types/metric.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { Store } from '../types/store.ts';
import { type ExportLoop, startExportLoop } from './export-loop.ts';
import { openStore, refuseStore } from './open-store.ts';
import { addressOf, KEYS, type ListeningAddress, listening, refuseTakenPorts } from './ports.ts';
import { startReplica } from './replica.ts';
import { StartError } from './start-error.ts';
import { watchStore } from './store-watch.ts';

/** What a service is made of. */
export interface ServiceOptions {
  readonly config: Config;
  readonly version: string;
  /** Epoch ms. */
  readonly now: () => number;
  readonly log: Log;
  /** Keeps the evidence in place of the file that `config.store` names. The service closes it. */
  readonly store?: Store;
  /** Resolves when a start that still waits for its database is to be given up. */
  readonly stopped?: Promise<unknown>;
  /** Called once the modules are loaded and the store is open, before it is read. */
  readonly beforeLoad?: () => void;
}

/** A service that takes spans. */
export interface Service {
  readonly addresses: readonly ListeningAddress[];
  /** Resolves, with the reason, when it can go on no more: everything is refused, and only a new process can do better. */
  readonly broken: Promise<string>;
  /** Takes over policies and the exporter's settings; returns the keys whose change needs a restart. */
  reload(config: Config): Promise<readonly string[]>;
  /** Stops taking requests, answers those under way, exports a last time and closes the store. */
  close(): Promise<void>;
}

type Stop = () => Promise<void>;

/** How much later than it is due something may show, in ms. */
const SETTLE_INTERVAL = 1000;

/**
 * Starts everything or nothing.
 * @throws StartError where the message says what the user has to change: a taken port, a store in use, an unreadable file.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, now, log, version } = options;
  const stops: Stop[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const startedAt = now();
    let current = config;
    const refuse = (error: unknown): never => {
      if (options.store) throw error;
      return refuseStore(config, error);
    };
    const { promise: broken, resolve: onGone } = Promise.withResolvers<string>();
    // A start that fails leaves no new file behind.
    if (!options.store && (config.store.postgres || !existsSync(config.store.path))) await refuseTakenPorts(config);
    const [store, parts] = await Promise.all([
      options.store ?? openStore(options, onGone).catch(refuse),
      loadParts(config),
    ]);
    stops.push(() => store.close());
    options.beforeLoad?.();
    let tokens = readTokens(config);
    const senders = PROTOCOLS.map((protocol) => createSenders(() => tokens[protocol]));
    const senderOf = (service: ServiceIdentity): string | undefined => firstOf(senders, service);
    const { policies } = config;
    const pipeline = await createPipeline({ policies, store, now, senderOf }).catch(refuse);
    // Which closes the store.
    stops.splice(0, 1, () => pipeline.close());
    const unwatch = watchStore(pipeline, log);
    const settling = setInterval(() => void pipeline.settle(), SETTLE_INTERVAL);
    settling.unref();
    const replica = startReplica(pipeline, log);
    stops.push(async () => {
      unwatch();
      clearInterval(settling);
      replica.stop();
    });

    const rejections = createRequestRejections();
    const selfMetrics = (): MetricPoint[] =>
      selfMetricPoints(pipeline.stats(), pipeline.health(), rejections.counts, startedAt);
    const allPoints = (): MetricPoint[] => [...pipeline.metrics(pipeline.snapshot(now())), ...selfMetrics()];
    const sentPoints = (): MetricPoint[] => [...withHistograms(allPoints(), current.exporter?.histograms)];

    /** Rejects where the exporter cannot be made; what it resolves to begins to send. */
    const openExport = async (exporter: OtlpExporterConfig): Promise<() => Promise<ExportLoop>> => {
      const { createOtlpOutput, openExporter } = await loadOtlpOutput();
      const client = await openExporter(exporter);
      return async () => {
        const context = { version, instanceId: pipeline.instanceId };
        // One destination: what another address was sent is forgotten.
        const destination = { name: 'otlp', address: exporter.endpoint };
        const deltas = await deltasFor(exporter.temporality, pipeline.sent, destination, sentPoints, now());
        const output = createOtlpOutput(client, context, deltas);
        const loop = startExportLoop(() => output.export(sentPoints(), now()), exporter, log);
        // An export that was given up is not waited for a second time.
        return { stop: () => loop.stop().then(() => void output.close().catch(() => undefined)) };
      };
    };
    const openHeldExport = async (exporter: OtlpExporterConfig): Promise<() => Promise<ExportLoop>> =>
      pipeline.isShared
        ? () => replica.whileHolding('export', async () => (await openExport(exporter))())
        : openExport(exporter);
    let exportLoop = config.exporter && (await (await openHeldExport(config.exporter))());
    stops.push(async () => exportLoop?.stop());

    let closing = false;
    const addresses: ListeningAddress[] = [];
    const unready = (): string[] => {
      const { storeAvailable, storeError, clockError } = pipeline.health();
      return [
        ...(closing ? ['shutting down'] : []),
        ...(clockError === undefined ? [] : [clockError]),
        ...(storeAvailable ? [] : [`the store cannot write: ${storeError ?? 'unknown reason'}`]),
      ];
    };
    const onLoopback = isLoopback(config.admin.endpoint.host);
    const app = parts.createAdminApp({
      pipeline,
      selfMetrics,
      now,
      tokens: () => tokens.admin,
      histograms: () => current.prometheus.histograms,
      page: () => ({ version, traceUrl: current.admin.traceUrl }),
      onLoopback,
      unready,
      log,
    });
    const onError = (error: unknown): void => log.error({ err: error }, 'the admin port failed to accept a connection');
    const admin = await listening(config.admin, 'admin', () => parts.startAdminServer(app, config.admin, onError));
    stops.push(() => admin.close());

    const protocols = [
      ['OTLP/HTTP', 'http', config.http, parts.createHttpReceiver],
      ['OTLP/gRPC', 'grpc', config.grpc, parts.createGrpcReceiver],
    ] as const;
    for (const [what, protocol, receiverConfig, create] of protocols) {
      if (receiverConfig === undefined || create === undefined) continue;
      const options: ReceiverOptions = {
        config: receiverConfig,
        tokens: () => tokens[protocol],
        keys: pipeline.keys,
        openBatch: (receivedAt) => pipeline.batch(receivedAt),
        readsAgain: pipeline.isShared,
        now,
        onRejected: rejections.count,
        onError: (error) => log.error({ err: error }, 'a request failed for a reason that nobody expected'),
      };
      const receiver = await listening(receiverConfig, KEYS[protocol], () => create(options));
      stops.push(() => receiver.close());
      addresses.push(addressOf(what, receiverConfig, receiver.port));
    }
    addresses.push(addressOf('admin', config.admin, admin.port));

    /** What may fail comes first: then nothing has changed. */
    const reload = async (next: Config): Promise<readonly string[]> => {
      const isSame = JSON.stringify(next.exporter) === JSON.stringify(current.exporter);
      const begin = isSame || next.exporter === undefined ? undefined : await openHeldExport(next.exporter);
      // Tokens may have been rotated in their files.
      tokens = readTokens(current);
      pipeline.setPolicies(next.policies);
      const fixed = unchangeable(current, next);
      current = next;
      if (isSame) return fixed;
      await exportLoop?.stop();
      exportLoop = await begin?.();
      return fixed;
    };
    let reloaded: Promise<unknown> = Promise.resolve();

    return {
      addresses,
      broken,
      reload(next) {
        const reloading = reloaded.then(() => reload(next));
        reloaded = reloading.catch(() => undefined);
        return reloading;
      },
      close() {
        closing = true;
        return stopAll();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

const PROTOCOLS = ['http', 'grpc'] as const;

function firstOf(
  senders: readonly ((service: ServiceIdentity) => string | undefined)[],
  service: ServiceIdentity,
): string | undefined {
  for (const senderOf of senders) {
    const sender = senderOf(service);
    if (sender !== undefined) return sender;
  }
  return undefined;
}

type CreateReceiver = (options: ReceiverOptions) => Promise<Receiver>;

interface Parts
  extends Pick<typeof import('./admin.ts'), 'createAdminApp'>,
    Pick<typeof import('./admin-server.ts'), 'startAdminServer'> {
  readonly createHttpReceiver: CreateReceiver | undefined;
  readonly createGrpcReceiver: CreateReceiver | undefined;
}

/** What is configured, while the store's thread opens the file: between two of them it is answered. */
async function loadParts({ http, grpc, exporter }: Config): Promise<Parts> {
  const createHttpReceiver = http && (await import('../receive/http.ts')).createHttpReceiver;
  await nextTurn();
  const { createAdminApp } = await import('./admin.ts');
  const { startAdminServer } = await import('./admin-server.ts');
  await nextTurn();
  const createGrpcReceiver = grpc && (await import('../receive/grpc.ts')).createGrpcReceiver;
  await nextTurn();
  if (exporter) await loadOtlpOutput();
  return { createAdminApp, startAdminServer, createHttpReceiver, createGrpcReceiver };
}

/** The SDK is as large as all the rest. */
const loadOtlpOutput = (): Promise<typeof import('../output/otlp.ts')> => import('../output/otlp.ts');

type AllTokens = Readonly<Record<keyof typeof KEYS, Tokens>>;

function readTokens({ http, grpc, admin }: Config): AllTokens {
  const read = (listener: ListenerConfig | undefined, key: string): Tokens =>
    listener === undefined || listener.tokenFiles.length === 0
      ? undefined
      : listener.tokenFiles.map((file) => ({ tokens: readToken(file, key), services: file.services }));
  return { http: read(http, KEYS.http), grpc: read(grpc, KEYS.grpc), admin: read(admin, KEYS.admin) };
}

function readToken({ key: inner, path }: TokenFile, listener: string): string {
  const key = `${listener}.${inner}`;
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new StartError(`${key} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (token === '') throw new StartError(`${key} is empty: ${path}`);
  return token;
}

/** What is bound to sockets and files stays as it was started. */
function unchangeable(before: Config, after: Config): string[] {
  const parts = [
    [KEYS.http, before.http, after.http],
    [KEYS.grpc, before.grpc, after.grpc],
    [KEYS.admin, before.admin, after.admin],
    ['store', before.store, after.store],
  ] as const;
  return parts.filter(([, was, is]) => JSON.stringify(was) !== JSON.stringify(is)).map(([key]) => key);
}
