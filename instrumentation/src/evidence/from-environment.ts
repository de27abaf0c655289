/**
 * `WARMSPARE_ENDPOINT` in, a running evidence exporter out, on the OTLP/HTTP trace exporter that the app itself has installed.
 * Reads the environment that it is given and loads through the function that it is given.
 */

import type { EvidenceTransport } from './delivery.ts';
import { type EvidenceExporter, startEvidenceExporter } from './evidence-exporter.ts';
import { type LastAttempt, sendBlocking } from './last-attempt.ts';
import { listOf } from './resource.ts';

/** Evidence that the environment asked for. */
export interface EnvironmentEvidence extends EvidenceExporter {
  /** For `process.on('exit')`: sends what is left before it returns, or gives up after 2 s. */
  leaveNow(): void;
}

/** The protobuf one first: it is what the processor reads fastest, and it comes with `@opentelemetry/sdk-node`. */
const EXPORTERS = ['@opentelemetry/exporter-trace-otlp-proto', '@opentelemetry/exporter-trace-otlp-http'];

/**
 * `load` gives a package of the app's, or undefined where it is not installed. Undefined where no endpoint is set; throws an
 * Error whose message says what to change where it is set and unusable.
 *
 * `WARMSPARE_ENDPOINT` is the processor's base URL (`http://127.0.0.1:4318`); `WARMSPARE_HEADERS` are headers in the form of
 * `OTEL_EXPORTER_OTLP_HEADERS` (`authorization=Bearer%20...`).
 */
export function evidenceFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  load: (specifier: string) => unknown,
): EnvironmentEvidence | undefined {
  const { WARMSPARE_ENDPOINT: endpoint, WARMSPARE_HEADERS: headers } = env;
  if (endpoint === undefined || endpoint === '') return undefined;
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new Error('WARMSPARE_ENDPOINT is no http(s) URL; name the processor, like http://127.0.0.1:4318');
  }
  for (const specifier of EXPORTERS) {
    const found = load(specifier);
    if (!hasExporter(found)) continue;
    const url = `${endpoint.replace(/(\/v1\/traces)?\/*$/, '')}/v1/traces`;
    const exporter = new found.OTLPTraceExporter({ url, headers: listOf(headers) });
    const started = startEvidenceExporter({ exporter, environment: env });
    const last: LastAttempt = { url, headers: listOf(headers), tls: tlsOf(env) };
    return Object.assign(started, { leaveNow: () => started.leave((spans) => sendBlocking(last, spans)) });
  }
  throw new Error(
    `WARMSPARE_ENDPOINT is set, but the app has no OTLP trace exporter to send with: npm install ${EXPORTERS[0]}`,
  );
}

/** The files that the OTLP exporter reads itself (OpenTelemetry specification, OTLP exporter configuration). */
function tlsOf(env: Readonly<Record<string, string | undefined>>): LastAttempt['tls'] {
  const file = (name: string): string | undefined =>
    env[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || env[`OTEL_EXPORTER_OTLP_${name}`] || undefined;
  const [ca, cert, key] = [file('CERTIFICATE'), file('CLIENT_CERTIFICATE'), file('CLIENT_KEY')];
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

interface ExporterModule {
  readonly OTLPTraceExporter: new (options: {
    readonly url: string;
    readonly headers: Record<string, string>;
  }) => EvidenceTransport;
}

function hasExporter(value: unknown): value is ExporterModule {
  return (
    typeof value === 'object' &&
    value !== null &&
    'OTLPTraceExporter' in value &&
    typeof value.OTLPTraceExporter === 'function'
  );
}
