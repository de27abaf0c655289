/**
 * Spans in, sent before the function returns: for a process's exit, where nothing asynchronous runs any more. A thread of its own makes
 * the request while this one waits, for a bounded time. OTLP/JSON over HTTP; never throws.
 */
import { Worker } from 'node:worker_threads';
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { guarded } from '../base/report.ts';
import type { EvidenceResource, EvidenceSpan } from './evidence-span.ts';

export interface LastAttempt {
  /** With its path. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Paths of PEM files, as the `OTEL_EXPORTER_OTLP_*` variables name them. */
  readonly tls: Readonly<Partial<Record<'ca' | 'cert' | 'key', string>>>;
}

/** ms that an exit is held at most. A processor that refuses or answers ends the wait at once. */
const MAX_WAIT = 2_000;

/** Whether the processor took them. */
export function sendBlocking({ url, headers, tls }: LastAttempt, spans: readonly EvidenceSpan[]): boolean {
  if (spans.length === 0) return true;
  return guarded(
    'evidence could not be sent at the exit',
    () => {
      const state = new Int32Array(new SharedArrayBuffer(4));
      const sending = new Worker(SENDER, {
        eval: true,
        // Nothing of the app is loaded there: neither its --import nor its NODE_OPTIONS.
        execArgv: [],
        env: {},
        stdout: true,
        stderr: true,
        workerData: { state, url, headers, tls, body: otlpJson(spans), timeout: MAX_WAIT },
      });
      sending.on('error', () => {});
      sending.unref();
      Atomics.wait(state, 0, WAITING, MAX_WAIT);
      return Atomics.load(state, 0) === TAKEN;
    },
    false,
  );
}

const WAITING = 0;
const TAKEN = 1;

/** Plain CommonJS, as text: there is no file that a bundler could lose. */
const SENDER = `
const { readFileSync } = require('node:fs');
const { workerData: { state, url, headers, tls, body, timeout } } = require('node:worker_threads');
const end = (value) => { Atomics.store(state, 0, value); Atomics.notify(state, 0); };
try {
  const { request } = require(url.startsWith('https:') ? 'node:https' : 'node:http');
  const pem = Object.fromEntries(Object.entries(tls).map(([name, path]) => [name, readFileSync(path)]));
  const options = { ...pem, method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, timeout };
  const sent = request(url, options, (response) => {
    response.resume();
    response.on('end', () => end(response.statusCode < 300 ? 1 : 2));
    response.on('error', () => end(2));
  });
  sent.on('error', () => end(2));
  sent.end(body);
} catch {
  end(2);
}`;

/** An ExportTraceServiceRequest in protobuf's JSON mapping (OTLP 1.11, "JSON Protobuf Encoding"). */
function otlpJson(spans: readonly EvidenceSpan[]): string {
  const resources = new Map<EvidenceResource, EvidenceSpan[]>();
  for (const span of spans) resources.set(span.resource, [...(resources.get(span.resource) ?? []), span]);
  const resourceSpans = [...resources].map(([resource, own]) => ({
    resource: { attributes: keyValues(resource.attributes) },
    scopeSpans: [{ scope: own[0]?.instrumentationScope, spans: own.map(jsonSpan) }],
  }));
  return JSON.stringify({ resourceSpans });
}

function jsonSpan({ spanContext, name, kind, startTime, endTime, attributes, status }: EvidenceSpan): object {
  const { traceId, spanId } = spanContext();
  return {
    traceId,
    spanId,
    name,
    // The API counts from 0, OTLP from 1.
    kind: kind + 1,
    startTimeUnixNano: nanoseconds(startTime),
    endTimeUnixNano: nanoseconds(endTime),
    attributes: keyValues(attributes),
    status,
  };
}

function nanoseconds([seconds, rest]: EvidenceSpan['startTime']): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(rest));
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    const found = anyValue(value);
    return found === undefined ? [] : [{ key, value: found }];
  });
}

/** Undefined for what is no attribute value, such as one that a resource detector still waits for. */
function anyValue(value: AttributeValue | null | undefined): object | undefined {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
    default:
      return Array.isArray(value) ? { arrayValue: { values: value.map((one) => anyValue(one) ?? {}) } } : undefined;
  }
}
