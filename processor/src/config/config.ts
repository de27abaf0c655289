/** The text of warmspare.yaml and an environment go in, a whole configuration or every problem with it comes out. Never reads a file, never stops at the first problem. */

import type { z } from 'zod';
import type { Histograms } from '../types/metric.ts';
import type { ChainPolicy, DrillPolicy, Policies, Policy, TargetPolicy } from '../types/policy.ts';
import { contradictions } from './check.ts';
import { readDocument } from './document.ts';
import type { Environment } from './environment.ts';
import { type Places, type Problem, problemsOf } from './problems.ts';
import type { RawChain, RawConfig, RawListener, RawPolicy, RawTarget } from './raw.ts';
import { withoutIssues } from './repair.ts';
import { configSchema, DEFAULT_PATH } from './schema.ts';
import { keysAt } from './table.ts';
import type { Endpoint } from './units.ts';

export type { Environment } from './environment.ts';
export { formatProblem, type Problem } from './problems.ts';
export { configTable } from './table.ts';
export { type Endpoint, formatEndpoint } from './units.ts';

/** PEM files of a TLS server; `clientCaFile` asks clients for a certificate. */
export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
}

/** A file of tokens, and globs of the services whose rows its holders may write; undefined for all. */
export interface TokenFile {
  /** Where it stands in the configuration, behind the listener's key. */
  readonly key: string;
  readonly path: string;
  readonly services: readonly string[] | undefined;
}

/** An address to listen on and who may use it. */
export interface ListenerConfig {
  readonly endpoint: Endpoint;
  readonly tls: TlsConfig | undefined;
  /** Without any, nobody is asked for a token. */
  readonly tokenFiles: readonly TokenFile[];
  readonly insecure: boolean;
}

/** The admin port. */
export interface AdminConfig extends ListenerConfig {
  /** Address of a trace, with `{trace_id}` in it. */
  readonly traceUrl: string | undefined;
}

/** An OTLP receiver. */
export interface ReceiverConfig extends ListenerConfig {
  /** Bytes after decompression. */
  readonly maxRequestBodySize: number;
}

/** How successive exports of a counter relate. */
export type Temporality = 'cumulative' | 'delta' | 'lowmemory';

/** Where metrics are pushed to. Durations in seconds. */
export interface OtlpExporterConfig {
  readonly endpoint: string;
  readonly protocol: 'http/protobuf' | 'grpc';
  /** Seconds. */
  readonly interval: number;
  /** Seconds. */
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly temporality: Temporality;
  readonly histograms: Histograms;
}

/** Where the evidence is kept: a file of SQLite, or a schema of a PostgreSQL database. */
export type StoreConfig =
  | { readonly path: string; readonly postgres?: undefined }
  | { readonly path?: undefined; readonly postgres: PostgresConfig };

/** A schema of a PostgreSQL database, which any number of replicas share. `url` may carry a password. */
export interface PostgresConfig {
  readonly url: string;
  readonly schema: string;
  /** Connections at most. */
  readonly pool: number;
}

/** A whole configuration: everything has a value. */
export interface Config {
  readonly http: ReceiverConfig | undefined;
  readonly grpc: ReceiverConfig | undefined;
  readonly admin: AdminConfig;
  readonly store: StoreConfig;
  readonly prometheus: { readonly histograms: Histograms };
  readonly exporter: OtlpExporterConfig | undefined;
  readonly policies: Policies;
}

/** Either a configuration or at least one problem, in the order of the file. */
export type ParsedConfig = (
  | { readonly config: Config; readonly problems?: never }
  | { readonly problems: readonly Problem[]; readonly config?: never }
) & {
  /** Puts references in the place of values that came from the environment. */
  readonly redact: (message: string) => string;
};

/**
 * Reads warmspare.yaml. `env` serves `${env:NAME:-default}` and OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE.
 * An empty text is a configuration: every default.
 */
export function parseConfig(text: string, env: Environment): ParsedConfig {
  const { places, value, problems: found } = readDocument(text, env);
  const { redact } = places;
  if (value === undefined) return { problems: found, redact };
  const problems = [...found];
  const result = configSchema.safeParse(value);
  if (!result.success) {
    // What an unset variable left behind is no second problem.
    const known = new Set(problems.map(({ line, column }) => `${line}:${column}`));
    const more = problemsOf(places, result.error.issues, keysAt);
    problems.push(...more.filter(({ line, column }) => !known.has(`${line}:${column}`)));
    problems.push(...contradictionsBeside(value, result.error.issues, problems, places));
  } else problems.push(...contradictions(result.data, places));
  if (problems.length > 0 || !result.success) {
    return { problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column), redact };
  }
  return { config: toConfig(result.data, env), redact };
}

/** What the fields that are well formed contradict; nothing about those that are not, of which the problems tell already. */
function contradictionsBeside(
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  problems: readonly Problem[],
  places: Places,
): Problem[] {
  const repaired = configSchema.safeParse(withoutIssues(value, issues));
  if (!repaired.success) return [];
  const told = problems.map(({ path }) => path);
  return contradictions(repaired.data, places).filter(({ path }) => !told.some((wrong) => isWithin(path, wrong)));
}

const isWithin = (path: string, other: string): boolean =>
  other !== '' && (path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`));

/** The configuration of a `serve` without a file. */
export function defaultConfig(env: Environment): Config {
  const { config } = parseConfig('', env);
  if (config === undefined) throw new Error('the defaults contradict themselves');
  return config;
}

function toConfig(raw: RawConfig, env: Environment): Config {
  const { http, grpc } = raw.receivers.otlp.protocols;
  const { defaults, otlp } = { defaults: raw.defaults, otlp: raw.exporters.otlp };
  const base = toPolicy(raw.defaults, {
    maxAge: defaults.max_age,
    maxCacheAge: defaults.max_cache_age,
    maxFailover: defaults.max_failover,
    counts: defaults.counts,
    sampling: defaults.sampling,
    retireAfter: defaults.retire_after,
  });
  return {
    http: http && { ...toListener(http), maxRequestBodySize: http.max_request_body_size },
    grpc: grpc && { ...toListener(grpc), maxRequestBodySize: grpc.max_request_body_size },
    admin: { ...toListener(raw.admin), traceUrl: raw.admin.trace_url },
    store: raw.store.postgres ? { postgres: raw.store.postgres } : { path: raw.store.sqlite?.path ?? DEFAULT_PATH },
    prometheus: raw.exporters.prometheus,
    exporter: otlp && { ...otlp, temporality: otlp.temporality ?? temporalityOf(env) },
    policies: {
      defaults: base,
      judgeRecordedOutputs: defaults.judge_recorded_outputs,
      chains: raw.chains.map((chain) => toChain(chain, base)),
    },
  };
}

function temporalityOf(env: Environment): Temporality {
  const preference = env.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE?.toLowerCase();
  return preference === 'delta' || preference === 'lowmemory' ? preference : 'cumulative';
}

function toListener(raw: RawListener): ListenerConfig {
  const tls = raw.tls && {
    certFile: raw.tls.cert_file,
    keyFile: raw.tls.key_file,
    clientCaFile: raw.tls.client_ca_file,
  };
  return { endpoint: raw.endpoint, tls, tokenFiles: toTokenFiles(raw.auth), insecure: raw.insecure };
}

function toTokenFiles(auth: RawListener['auth']): readonly TokenFile[] {
  const { token_file, tokens = [] } = auth ?? {};
  const bound = tokens.map(({ file, services }, index) => ({
    key: `auth.tokens[${index}].file`,
    path: file,
    services,
  }));
  return token_file === undefined
    ? bound
    : [{ key: 'auth.token_file', path: token_file, services: undefined }, ...bound];
}

/** The nearest value wins: a target's own, its chain's, the defaults'. */
function toPolicy(raw: RawPolicy, outer: Policy): Policy {
  return {
    maxAge: raw.max_age ?? outer.maxAge,
    maxCacheAge: raw.max_cache_age ?? outer.maxCacheAge,
    maxFailover: raw.max_failover ?? outer.maxFailover,
    counts: raw.counts ?? outer.counts,
    sampling: raw.sampling ?? outer.sampling,
    retireAfter: raw.retire_after ?? outer.retireAfter,
  };
}

function toChain(raw: RawChain, defaults: Policy): ChainPolicy {
  const policy = toPolicy(raw, defaults);
  const { name, namespace, service, environment } = raw;
  return {
    ...policy,
    name,
    namespace,
    service,
    environment,
    targets: raw.targets.map((target) => toTarget(target, policy)),
    ...(raw.drill !== undefined && { drill: toDrill(raw.drill) }),
  };
}

function toDrill({ url, method, body_file: bodyFile, headers, fault }: NonNullable<RawChain['drill']>): DrillPolicy {
  return { url, method, bodyFile, headers, fault };
}

function toTarget(raw: RawTarget, chain: Policy): TargetPolicy {
  return {
    ...toPolicy(raw, chain),
    name: raw.name,
    type: raw.type,
    match: raw.match,
    exclude: raw.exclude,
    maxLatency: raw.max_latency,
    maxCost: raw.max_cost,
    limits: {
      p95Latency: raw.limits?.p95_latency,
      costPerHour: raw.limits?.cost_per_hour,
      tokensPerMinute: raw.limits?.tokens_per_minute,
    },
  };
}
