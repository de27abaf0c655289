/** The form of warmspare.yaml: its keys, what each may hold, its default and its meaning. What stands in several places at once is judged in check.ts. */
import { DRILL_FAULTS, type DrillFaultName } from '@warmspare/semconv';
import { z } from 'zod';
import type { Histograms } from '../types/metric.ts';
import {
  type About,
  countedKind,
  defaulted,
  list,
  needed,
  optional,
  readCount,
  readFileName,
  readGlob,
  readHeader,
  readMethod,
  readPool,
  readText,
  readTraceUrl,
  scalar,
  section,
} from './fields.ts';
import type { RawConfig, RawKind, RawTarget } from './raw.ts';
import {
  parseDatabaseUrl,
  parseDuration,
  parseEndpoint,
  parseMoney,
  parseSchemaName,
  parseSize,
  parseUrl,
} from './units.ts';

const text = scalar(readText);
const duration = scalar(parseDuration);
const money = scalar(parseMoney);
const kinds = list(countedKind(z.enum(['organic', 'drill', 'shadow']) as z.ZodType<RawKind, unknown>));
const globs = z.record(z.string(), scalar(readGlob));
const sampling = z.enum(['none', 'unknown']) as z.ZodType<'none' | 'unknown', unknown>;

const histograms = z.enum(['classic', 'off']) as z.ZodType<Histograms, unknown>;

const DOC = {
  histograms:
    'Whether histograms are sent, which are two thirds of all series. `off` keeps every gauge and counter, so that every alert works.',
  max_age: 'How old the last successful exercise of a target may be before the target is `stale`.',
  max_cache_age: 'How old a cached answer may be when it is served; an older one is no success.',
  max_failover: 'How long after the start of the chain the next target must have been engaged.',
  counts: 'The kinds of exercise that prove a target: `organic`, `drill`, `shadow`.',
  sampling:
    '`none` states that every span arrives, so that load can be projected; `unknown` where a sampler may stand before. Calls from the evidence exporter or the same process are known to be all.',
  retire_after: 'How long the announcements of a chain may leave a target out before it is shown as undeclared.',
};

const policy = {
  max_age: optional(duration, 'duration', DOC.max_age),
  max_cache_age: optional(duration, 'duration', DOC.max_cache_age),
  max_failover: optional(duration, 'duration', DOC.max_failover),
  counts: optional(kinds, 'list', DOC.counts),
  sampling: optional(sampling, '`none`, `unknown`', DOC.sampling),
  retire_after: optional(duration, 'duration', DOC.retire_after),
};

const tokenFile = (doc: string) => ({ token_file: optional(text, 'path', doc) });
/** Only receivers have these: they say whose rows may be written. */
const boundTokens = {
  tokens: z
    .array(
      z.strictObject({
        file: needed(text, 'path', 'File with bearer tokens that are bound to services.'),
        services: needed(
          list(text) as z.ZodType<readonly string[], unknown>,
          'list of globs',
          'The services whose spans these tokens may send, by `service.name`, or by `service.namespace/service.name` in a glob with a slash. Spans of others are rejected.',
        ),
      }),
    )
    .optional(),
};

const listener = <Auth extends z.ZodRawShape>(endpoint: string, what: string, auth: Auth) => ({
  endpoint: defaulted(scalar(parseEndpoint), endpoint, 'host:port', `Where ${what}.`),
  tls: section({
    cert_file: needed(text, 'path', 'PEM certificate chain.'),
    key_file: needed(text, 'path', 'PEM private key.'),
    client_ca_file: optional(text, 'path', 'PEM authority that client certificates must come from (mutual TLS).'),
  }).optional(),
  auth: section(auth).optional(),
  insecure: defaulted(
    z.boolean(),
    false,
    'boolean',
    'Allows an address other than loopback without TLS and without a token.',
  ),
});

const receiver = (endpoint: string, protocol: string) => ({
  ...listener(endpoint, protocol, {
    ...tokenFile('File with tokens, one a line, of which senders must present one. SIGHUP reads it again.'),
    ...boundTokens,
  }),
  max_request_body_size: defaulted(
    scalar(parseSize),
    '20MiB',
    'size',
    'The largest request taken, after decompression.',
  ),
});

const target = z.strictObject({
  name: needed(text, 'text', 'Name of the target within its chain.'),
  type: needed(
    z.enum(['primary', 'fallback', 'cache', 'heuristic']) as z.ZodType<RawTarget['type'], unknown>,
    '`primary`, `fallback`, `cache`, `heuristic`',
    'What kind of target it is; the first target is the primary, and only that one.',
  ),
  match: optional(
    globs,
    'map of globs',
    'Assigns spans to this target: span or resource attribute names, or `span.name`, to globs of `*` and `?`; all must match. Of several targets of a chain that match, the one whose globs spell out more wins.',
  ),
  exclude: optional(
    globs,
    'map of globs',
    'Spans that are not this target’s although they match, in the same form; it wins over `match`. A call that is left out and matches no other target counts nowhere, and is not listed as unassigned.',
  ),
  ...policy,
  max_latency: optional(duration, 'duration', 'A slower attempt is no success (`over_latency`).'),
  max_cost: optional(money, 'money', 'A dearer attempt is no success (`over_cost`).'),
  limits: section({
    p95_latency: optional(duration, 'duration', 'Capacity: the 95th percentile of latency that users can bear.'),
    cost_per_hour: optional(money, 'money', "Capacity: the budget if this target took the primary's whole load."),
    tokens_per_minute: optional(scalar(readCount), 'number', "Capacity: the provider's quota for this target."),
  }).optional(),
});

const chain = z.strictObject({
  name: needed(text, 'text', 'Name of the chain, as its spans carry it.'),
  namespace: optional(text, 'text', 'Only for this `service.namespace`; left out, for any.'),
  service: optional(text, 'text', 'Only for this `service.name`; left out, for any.'),
  environment: optional(text, 'text', 'Only for this `deployment.environment.name`; left out, for any.'),
  ...policy,
  targets: z.array(target),
  drill: section({
    url: needed(scalar(parseUrl), 'URL', 'The request with which `warmspare drill` has the app run the chain.'),
    method: defaulted(scalar(readMethod), 'POST', 'HTTP method', 'Its method.'),
    body_file: optional(text, 'path', 'File with its body, sent as JSON; relative to the configuration.'),
    headers: z
      .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/), scalar(readHeader))
      .prefault({})
      .meta({ kind: 'map', doc: 'Its headers, for example a token of a test user.', default: '{}' } satisfies About),
    fault: defaulted(
      z.enum(DRILL_FAULTS) as z.ZodType<DrillFaultName, unknown>,
      'unavailable',
      DRILL_FAULTS.map((fault) => `\`${fault}\``).join(', '),
      'How the targets above the drilled one fail.',
    ),
  }).optional(),
});

/** The file of a service whose configuration names no store. */
export const DEFAULT_PATH = 'warmspare.db';

const root = section({
  receivers: section({
    otlp: section({
      protocols: section({
        http: section(receiver('127.0.0.1:4318', 'the OTLP/HTTP receiver listens')).optional(),
        grpc: section(receiver('127.0.0.1:4317', 'the OTLP/gRPC receiver listens')).optional(),
      }).prefault({ http: {}, grpc: {} }),
    }).prefault({}),
  }).prefault({}),
  admin: section({
    ...listener(
      '127.0.0.1:9464',
      'the status page, `/metrics` and the API are served',
      tokenFile(
        'File with tokens, one a line, of which every caller must present one, as `Bearer` or as the password of HTTP Basic. SIGHUP reads it again.',
      ),
    ),
    trace_url: optional(
      scalar(readTraceUrl),
      'URL',
      'Where the status page finds a trace: `{trace_id}` and, if you like, `{span_id}` stand for the ids.',
    ),
  }).prefault({}),
  store: section({
    sqlite: section({
      path: defaulted(
        scalar(readFileName),
        DEFAULT_PATH,
        'path',
        'The file that keeps the evidence; relative to the working directory.',
      ),
    }).optional(),
    postgres: section({
      url: needed(
        scalar(parseDatabaseUrl),
        'URL',
        'The PostgreSQL database that keeps the evidence of all replicas, in place of a file: `postgres://user:password@host:5432/database`. TLS by `sslmode`, as libpq means it.',
      ),
      schema: defaulted(
        scalar(parseSchemaName),
        'warmspare',
        'name',
        'The schema that the tables are in; it is made where it is not there.',
      ),
      pool: defaulted(scalar(readPool), 4, 'number', 'Connections of one replica at most.'),
    }).optional(),
  }).prefault({}),
  exporters: section({
    prometheus: section({
      histograms: defaulted(histograms, 'classic', '`classic`, `off`', `Of \`/metrics\`: ${DOC.histograms}`),
    }).prefault({}),
    otlp: section({
      endpoint: needed(
        scalar(parseUrl),
        'URL',
        'Where metrics are sent; `/v1/metrics` is added for `http/protobuf` unless the URL has a path.',
      ),
      protocol: defaulted(
        z.enum(['http/protobuf', 'grpc']) as z.ZodType<'http/protobuf' | 'grpc', unknown>,
        'http/protobuf',
        '`http/protobuf`, `grpc`',
        'How metrics are sent.',
      ),
      interval: defaulted(duration, '15s', 'duration', 'How often metrics are sent.'),
      timeout: defaulted(duration, '10s', 'duration', 'How long one export may take.'),
      headers: z
        .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/), scalar(readHeader))
        .prefault({})
        .meta({ kind: 'map', doc: 'Headers of each export, for example an API key.', default: '{}' } satisfies About),
      histograms: defaulted(histograms, 'classic', '`classic`, `off`', `Of this exporter: ${DOC.histograms}`),
      temporality: optional(
        z.enum(['cumulative', 'delta', 'lowmemory']) as z.ZodType<'cumulative' | 'delta' | 'lowmemory', unknown>,
        '`cumulative`, `delta`, `lowmemory`',
        'Left out: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, else `cumulative`. Deltas count from the last successful export, over restarts, too.',
      ),
    }).optional(),
  }).prefault({}),
  defaults: section({
    ...policy,
    max_age: defaulted(duration, '7d', 'duration', DOC.max_age),
    max_failover: defaulted(duration, '10s', 'duration', DOC.max_failover),
    counts: defaulted(kinds, ['organic', 'drill', 'shadow'], 'list', DOC.counts),
    sampling: defaulted(sampling, 'unknown', '`none`, `unknown`', DOC.sampling),
    retire_after: defaulted(duration, '7d', 'duration', DOC.retire_after),
    judge_recorded_outputs: defaulted(
      z.boolean(),
      true,
      'boolean',
      'Holds the output that another instrumentation recorded on a span against the schema that it recorded there; only the verdict is kept.',
    ),
  }).prefault({}),
  chains: z.array(chain).prefault([]),
});

/** Reads a whole file that YAML has already turned into values. */
export const configSchema: z.ZodType<RawConfig, unknown> = root;
