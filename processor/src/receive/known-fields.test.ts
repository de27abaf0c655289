/** Bodies of other messages than a trace request's of today: old ones are read, all others refused by name, none acknowledged and dropped. */

import type { Meter } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { ATTR_GEN_AI_REQUEST_MODEL, ATTR_SERVICE_NAME } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { bytes, GOOD, ofSpans, RESOURCE, startService, TAKEN, wireSpan } from './testdata/encoder-service.ts';
import { attribute, fixed64Field, lengthField, request, stringValue, textField } from './testdata/messages.ts';

describe('a body with no known field is refused by name, never acknowledged and dropped', () => {
  it.each([
    ['enc-snake-case.json', 'resourceSpans in another spelling'],
    ['enc-go-struct-keys.json', 'resourceSpans in another spelling'],
    ['enc-logs-body-to-traces.json', 'holds logs'],
    ['enc-empty-object.json', 'no field resourceSpans'],
  ])('%s', async (name, words) => {
    const { postCase, refused, world } = await startService();
    const answer = await postCase(name);
    expect(answer.status).toBe(400);
    expect(answer.message).toContain(words);
    expect(refused).toEqual(['malformed']);
    expect(world.pipeline.stats().batches).toBe(0);
  });

  it.each([
    ['the names of Go structs', { ResourceSpans: [{ ScopeSpans: [] }] }, 'another spelling'],
    ['metrics', { resourceMetrics: [{ scopeMetrics: [] }] }, 'holds metrics'],
    ['profiles', { resourceProfiles: [], dictionary: {} }, 'holds profiles'],
    ['logs of another spelling', { resource_logs: [] }, 'holds logs'],
    ['logs beside unset spans', { resourceSpans: null, resourceLogs: [{}] }, 'holds logs'],
    ['spans without the request around them', { scopeSpans: [{ spans: [GOOD] }] }, 'no field resourceSpans'],
    ['a list', [GOOD], 'not an object'],
    ['groups of another spelling', { resourceSpans: [{ resource: RESOURCE, scope_spans: [{}] }] }, '[0] has its field'],
    ['groups of other fields', { resourceSpans: [{ scopeLogs: [{}] }] }, 'resourceSpans[0] has none of the fields'],
    ['a scope’s logs', { resourceSpans: [{ scopeSpans: [{ logRecords: [{}] }] }] }, 'scopeSpans[0] has none of the'],
    ['spans under another spelling', { resourceSpans: [{ scopeSpans: [{ scope: {}, Spans: [GOOD] }] }] }, 'spans'],
    [
      'a span’s ids and times in snake_case',
      ofSpans({ name: 'chat', trace_id: 'ab', end_time_unix_nano: '1' }),
      'traceId',
    ],
    ['one id of a span in snake_case', ofSpans({ ...GOOD, spanId: undefined, span_id: GOOD.spanId }), 'spanId'],
    ['one time of a span in snake_case', ofSpans({ ...GOOD, endTimeUnixNano: null, end_time_unix_nano: '1' }), 'end'],
    [
      'values in snake_case',
      ofSpans({ ...GOOD, attributes: [{ key: ATTR_GEN_AI_REQUEST_MODEL, value: { string_value: 'x' } }] }),
      'stringValue',
    ],
    ['attributes of Go structs', ofSpans({ ...GOOD, attributes: [{ Key: 'a', Value: {} }] }), 'key'],
  ])('%s, in JSON', async (_, body, words) => {
    const { post, refused } = await startService();
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, message: expect.stringContaining(words) });
    expect(refused).toEqual(['malformed']);
  });

  const logRecord = (...fields: readonly Uint8Array[]): Uint8Array =>
    request([attribute(ATTR_SERVICE_NAME, stringValue('logger'))], [Buffer.concat(fields)]);
  it.each([
    ['only unknown fields', textField(2, 'x')],
    ['a group that stands alone', lengthField(2, lengthField(2, wireSpan(bytes(16), bytes(8))))],
    ['a group of unknown fields', lengthField(1, textField(9, 'x'))],
    ['a scope of unknown fields', lengthField(1, lengthField(2, textField(9, 'x')))],
    ['log records with a time', logRecord(fixed64Field(1, 5n), lengthField(5, stringValue('hello')))],
    ['log records with attributes', logRecord(lengthField(5, stringValue('hello')), lengthField(6, textField(1, 'k')))],
    [
      'log records with the ids of a span',
      logRecord(fixed64Field(11, 5n), lengthField(9, bytes(16)), lengthField(10, bytes(8))),
    ],
    ['sums', logRecord(textField(1, 'http.server.req.'), lengthField(7, lengthField(1, fixed64Field(3, 5n))))],
    [
      'histograms',
      logRecord(textField(1, 'http.server.request.duration'), textField(2, 'Duration'), lengthField(9, bytes(0))),
    ],
  ])('%s, in protobuf', async (_, body) => {
    const { post, refused } = await startService();
    const answer = await post(body);
    expect(answer).toMatchObject({
      status: 400,
      message: expect.stringMatching(/none of a trace request|only traces|at byte/),
    });
    expect(refused).toEqual(['malformed']);
  });

  it.each<[string, (meter: Meter) => void]>([
    ['a counter', (meter) => meter.createCounter('requests').add(1)],
    ['a gauge', (meter) => meter.createGauge('queue.size').record(1)],
    ['a gauge with a description', (meter) => meter.createGauge('queue.size', { description: 'Waiting.' }).record(1)],
    ['a histogram', (meter) => meter.createHistogram('http.server.request.duration').record(1)],
  ])('%s that a real exporter of metrics sends to the path of traces', async (_, record) => {
    const { port, refused } = await startService();
    const exporter = new OTLPMetricExporter({ url: `http://127.0.0.1:${port}/v1/traces` });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    record(provider.getMeter('app'));
    const { resourceMetrics } = await reader.collect();
    const result = await new Promise<{ error?: unknown }>((resolve) => exporter.export(resourceMetrics, resolve));
    expect(result.error).toMatchObject({ code: 400 });
    expect(refused).toEqual(['malformed']);
  });

  it.each([
    ['an empty list', { resourceSpans: [] }],
    ['an unset list', { resourceSpans: null }],
    ['a list beside fields that are to come', { resourceSpans: [], novelty: { deep: [1] } }],
    ['no bytes of protobuf', new Uint8Array(0)],
    ['an empty group', lengthField(1, bytes(0))],
    ['a group whose fields are unset', { resourceSpans: [{ novelty: null, scope_spans: null }] }],
    ['a group that has its list in two spellings', { resourceSpans: [{ scopeSpans: [], scope_spans: [] }] }],
  ])('but %s is an empty request', async (_, body) => {
    const { post } = await startService();
    expect(await post(body)).toEqual(TAKEN);
  });
});

describe('the groups of OTLP before 0.19 are read', () => {
  const old = { instrumentationLibrary: { name: 'x' }, spans: [GOOD] };

  it.each([
    ['in JSON', { resourceSpans: [{ resource: RESOURCE, instrumentationLibrarySpans: [old] }] }],
    [
      'in JSON beside an empty list of today’s',
      { resourceSpans: [{ scopeSpans: [], instrumentationLibrarySpans: [old] }] },
    ],
    ['in protobuf', lengthField(1, lengthField(1000, lengthField(2, wireSpan(bytes(16), bytes(8)))))],
  ])('%s', async (_, body) => {
    const { post, outcomes } = await startService();
    expect(await post(body)).toEqual(TAKEN);
    expect(outcomes()).toEqual({ success: 1 });
  });

  const scopes = lengthField(2, wireSpan(bytes(0), bytes(0)));
  it.each([
    [
      'in JSON',
      {
        resourceSpans: [
          {
            scopeSpans: [{ spans: [{ ...GOOD, traceId: '' }] }],
            instrumentationLibrarySpans: [{ spans: [{ ...GOOD, traceId: '' }] }],
          },
        ],
      },
    ],
    ['in protobuf', lengthField(1, Buffer.concat([lengthField(1000, scopes), lengthField(2, scopes)]))],
  ])('but not where today’s say the same, %s', async (_, body) => {
    const { post, outcomes } = await startService();
    await post(body);
    expect(outcomes()).toEqual({ success: 1 });
  });
});
