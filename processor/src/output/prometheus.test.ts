import {
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_SERVICE_NAMESPACE,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import type { MetricPoint } from '../types/metric.ts';
import { type ExpositionFormat, negotiateExposition, prometheusText } from './prometheus.ts';

const service = { namespace: '', name: 'support-api', environment: '' };
const attributes = { [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'summarize', [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude' };
const age = (value: number, own = attributes): MetricPoint => ({
  kind: 'gauge',
  name: METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  service,
  attributes: own,
  value,
});
const calls: MetricPoint = {
  kind: 'counter',
  name: METRIC_LLM_FALLBACK_CALLS,
  service,
  attributes,
  value: 3,
  startTime: 0,
};
const duration: MetricPoint = {
  kind: 'histogram',
  name: METRIC_LLM_FALLBACK_CALL_DURATION,
  service,
  attributes,
  bounds: [0.5, 1],
  counts: [2, 1, 4],
  sum: 12.5,
  count: 7,
  startTime: 0,
};
const whole = (points: readonly MetricPoint[], format: ExpositionFormat): string =>
  [...prometheusText(points, format)].join('');
const labels = 'llm_fallback_chain_name="summarize",llm_fallback_target_name="claude"';

describe('the Prometheus exposition', () => {
  it('names a gauge with its unit', () => {
    expect(whole([age(12.5)], 'text')).toMatch(
      /^# HELP llm_fallback_time_since_last_success_seconds .+\n# TYPE llm_fallback_time_since_last_success_seconds gauge\n/,
    );
    expect(whole([age(12.5)], 'text')).toContain(`\nllm_fallback_time_since_last_success_seconds{${labels}} 12.5\n`);
  });

  it('keeps the samples of a family together under one header', () => {
    const other = { ...attributes, [ATTR_LLM_FALLBACK_TARGET_NAME]: 'cache' };
    const text = whole([age(1), age(2, other), calls], 'text');
    expect(text.match(/# TYPE/g)).toHaveLength(2);
    const lines = text.split('\n').filter((line) => !line.startsWith('#'));
    expect(lines.map((line) => line.split('{')[0])).toEqual([
      'llm_fallback_time_since_last_success_seconds',
      'llm_fallback_time_since_last_success_seconds',
      'llm_fallback_calls_total',
      '',
    ]);
  });

  it('writes a histogram with cumulative buckets', () => {
    expect(whole([duration], 'text').split('\n').slice(2)).toEqual([
      `llm_fallback_call_duration_seconds_bucket{${labels},le="0.5"} 2`,
      `llm_fallback_call_duration_seconds_bucket{${labels},le="1"} 3`,
      `llm_fallback_call_duration_seconds_bucket{${labels},le="+Inf"} 7`,
      `llm_fallback_call_duration_seconds_sum{${labels}} 12.5`,
      `llm_fallback_call_duration_seconds_count{${labels}} 7`,
      '',
    ]);
  });

  it.each([
    ['after those of the row', attributes, { a: 'x' }, `{${labels},a="x"}`, `{${labels},a="x",le="1"}`],
    ['alone', {}, { a: 'x' }, '{a="x"}', '{a="x",le="1"}'],
    ['or none', {}, { a: '' }, '', '{le="1"}'],
  ])('writes the labels of the metric itself %s', (_name, own, extra, all, ofBucket) => {
    const text = whole([{ ...calls, attributes: own, extra }, calls, { ...duration, attributes: own, extra }], 'text');
    expect(text).toContain(`\nllm_fallback_calls_total${all} 3\nllm_fallback_calls_total{${labels}} 3\n`);
    expect(text).toContain(`\nllm_fallback_call_duration_seconds_bucket${ofBucket} 3\n`);
    expect(text).toContain(`\nllm_fallback_call_duration_seconds_count${all} 7\n`);
  });

  it('names a counter without its suffix in OpenMetrics headers, writes canonical bounds and ends with EOF', () => {
    const text = whole([calls, duration], 'openmetrics');
    expect(text).toContain('# TYPE llm_fallback_calls counter\n');
    expect(text).toContain(`\nllm_fallback_calls_total{${labels}} 3\n`);
    expect(text).toContain('le="1.0"} 3');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    expect(whole([calls], 'text')).toContain('# TYPE llm_fallback_calls_total counter\n');
  });

  it('escapes label values and leaves empty ones out', () => {
    const odd = { [ATTR_SERVICE_NAMESPACE]: '', [ATTR_LLM_FALLBACK_CHAIN_NAME]: 'a"b\\c\nd' };
    const text = whole([{ ...calls, attributes: odd }], 'text');
    expect(text).toContain('llm_fallback_calls_total{llm_fallback_chain_name="a\\"b\\\\c\\nd"} 3\n');
  });

  it('refuses points of one metric that do not stand together: a second header of a family is no valid text', () => {
    expect(() => whole([age(1), calls, age(2)], 'text')).toThrow(/time_since_last_success do not stand together/);
  });

  it.each(['text', 'openmetrics'] as const)(
    'of many series comes in pieces of %s that end with whole lines and read no further than asked',
    (format) => {
      let read = 0;
      function* many(): Generator<MetricPoint> {
        for (; read < 5000; read++) yield age(read, { ...attributes, [ATTR_LLM_FALLBACK_TARGET_NAME]: `t${read}` });
      }
      const pieces = prometheusText(many(), format);
      const first = pieces.next().value ?? '';
      expect(read).toBeLessThan(1000);
      const rest = [...pieces];
      expect(rest.length).toBeGreaterThan(5);
      for (const piece of [first, ...rest]) expect(piece.endsWith('\n')).toBe(true);
      const lines = [first, ...rest].join('').split('\n');
      expect(lines.filter((line) => line.startsWith('# TYPE'))).toHaveLength(1);
      expect(lines.filter((line) => line.includes('{')).map((line) => Number(line.split(' ')[1]))).toEqual(
        Array.from({ length: 5000 }, (_, index) => index),
      );
    },
  );

  it('refuses a metric that nobody defined', () => {
    expect(() => whole([{ ...calls, name: 'nobody.knows' }], 'text')).toThrow(/nobody\.knows/);
  });
});

describe('the exposition format', () => {
  it.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/plain;version=0.0.4', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1', 'openmetrics'],
    ['application/openmetrics-text;q=0,text/plain', 'text'],
  ])('for Accept: %s is %s', (accept, format) => {
    expect(negotiateExposition(accept)).toBe(format);
  });
});
