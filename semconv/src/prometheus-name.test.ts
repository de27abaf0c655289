/** Cases are those of prometheus/otlptranslator 51da7739 (metric_namer_test.go, label_namer_test.go) for this strategy. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MetricKind } from './metric-definition.ts';
import { prometheusLabelName, prometheusMetricName } from './prometheus-name.ts';

describe('a metric name is translated as otlptranslator does with UnderscoreEscapingWithSuffixes', () => {
  test.each<[string, string, MetricKind | undefined, string]>([
    ['requests', '', 'counter', 'requests_total'],
    ['cpu_usage', '1', 'gauge', 'cpu_usage_ratio'],
    ['items', '1', 'counter', 'items_total'],
    ['response_time', 'ms', 'gauge', 'response_time_milliseconds'],
    ['memory_usage', 'By', 'gauge', 'memory_usage_bytes'],
    ['requests', '1/s', 'gauge', 'requests_per_second'],
    ['throughput', 'By/s', 'gauge', 'throughput_bytes_per_second'],
    ['custom_metric', 'custom_unit', 'gauge', 'custom_metric_custom_unit'],
    ['custom_metric', '{custom}', 'gauge', 'custom_metric'],
    ['custom_metric', 'By/{custom}', 'gauge', 'custom_metric_bytes'],
    ['requests_total', '', 'counter', 'requests_total'],
    ['cpu_usage_ratio', '1', 'gauge', 'cpu_usage_ratio'],
    ['response_time_seconds', 's', 'gauge', 'response_time_seconds'],
    [
      'metric__with__multiple__underscores',
      'unit__multiple__underscores',
      'gauge',
      'metric_with_multiple_underscores_unit_multiple_underscores',
    ],
    ['custom_metric', 'unit@with#special/chars', 'gauge', 'custom_metric_unit_with_special_per_chars'],
    ['request_duration', 's', 'histogram', 'request_duration_seconds'],
    ['request_size', 'By', 'histogram', 'request_size_bytes'],
    ['response_time', 'ms', undefined, 'response_time_milliseconds'],
    ['active_connections', '', undefined, 'active_connections'],
    ['uptime', 'd', 'gauge', 'uptime_days'],
    ['duration', 'h', 'gauge', 'duration_hours'],
    ['timeout', 'min', 'gauge', 'timeout_minutes'],
    ['latency', 'us', 'gauge', 'latency_microseconds'],
    ['precision_time', 'ns', 'gauge', 'precision_time_nanoseconds'],
    ['cache_size', 'KiBy', 'gauge', 'cache_size_kibibytes'],
    ['memory', 'MiBy', 'gauge', 'memory_mebibytes'],
    ['storage', 'GiBy', 'gauge', 'storage_gibibytes'],
    ['unknown_metric', '', undefined, 'unknown_metric'],
    ['capacity', 'TiBy', 'gauge', 'capacity_tibibytes'],
    ['transfer', 'KBy', 'gauge', 'transfer_kilobytes'],
    ['download', 'MBy', 'gauge', 'download_megabytes'],
    ['backup', 'GBy', 'gauge', 'backup_gigabytes'],
    ['archive', 'TBy', 'gauge', 'archive_terabytes'],
    ['distance', 'm', 'gauge', 'distance_meters'],
    ['voltage', 'V', 'gauge', 'voltage_volts'],
    ['current', 'A', 'gauge', 'current_amperes'],
    ['energy', 'J', 'gauge', 'energy_joules'],
    ['power', 'W', 'gauge', 'power_watts'],
    ['weight', 'g', 'gauge', 'weight_grams'],
    ['temperature', 'Cel', 'gauge', 'temperature_celsius'],
    ['frequency', 'Hz', 'gauge', 'frequency_hertz'],
    ['cpu_usage', '%', 'gauge', 'cpu_usage_percent'],
    ['requests', '1/m', 'gauge', 'requests_per_minute'],
    ['events', '1/h', 'gauge', 'events_per_hour'],
    ['transactions', '1/d', 'gauge', 'transactions_per_day'],
    ['reports', '1/w', 'gauge', 'reports_per_week'],
    ['invoices', '1/mo', 'gauge', 'invoices_per_month'],
    ['renewals', '1/y', 'gauge', 'renewals_per_year'],
    ['custom', '1/custom_unit', 'gauge', 'custom_per_custom_unit'],
    ['metric', 'By/', 'gauge', 'metric_bytes'],
    ['metric', ' By / s ', 'gauge', 'metric_bytes_per_second'],
    ['metric', '/', 'gauge', 'metric'],
    ['http.request.duration', 'ms', 'histogram', 'http_request_duration_milliseconds'],
    ['http.requests', '1', 'counter', 'http_requests_total'],
  ])('%s, unit %j, %s → %s', (name, unit, kind, expected) => {
    expect(prometheusMetricName({ name, unit, ...(kind && { kind }) })).toBe(expected);
  });

  test('a unit that ends in other characters leaves one underscore', () => {
    expect(prometheusMetricName({ name: 'm', unit: 'foo@/s', kind: 'gauge' })).toBe('m_foo_per_second');
    expect(prometheusMetricName({ name: 'm', unit: 'By/foo@', kind: 'gauge' })).toBe('m_bytes_per_foo');
  });

  test('a leading digit gets an underscore', () => {
    expect(prometheusMetricName({ name: '123.requests', unit: '', kind: 'gauge' })).toBe('_123_requests');
  });

  test('a total in the middle moves to the end of a counter, and a unit that the name has is not repeated', () => {
    expect(prometheusMetricName({ name: 'total.requests', unit: '', kind: 'counter' })).toBe('requests_total');
    expect(prometheusMetricName({ name: 'cpu.seconds.used', unit: 's', kind: 'counter' })).toBe(
      'cpu_seconds_used_total',
    );
  });

  test.each(['', '@#$%', '___'])('%j makes no name', (name) => {
    expect(() => prometheusMetricName({ name, unit: '', kind: 'gauge' })).toThrow(RangeError);
  });

  test('whatever comes in, what comes out is a Prometheus metric name', () => {
    const kinds = fc.constantFrom<MetricKind>('gauge', 'counter', 'histogram');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), kinds, (tail, unit, kind) => {
        expect(prometheusMetricName({ name: `a${tail}`, unit, kind })).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
      }),
    );
  });
});

describe('a label name is translated as Prometheus does by default', () => {
  test.each([
    ['label:with:colons', 'label_with_colons'],
    ['LabelWithCapitalLetters', 'LabelWithCapitalLetters'],
    ['label!with&special$chars)', 'label_with_special_chars_'],
    ['label_with_foreign_characters_字符', 'label_with_foreign_characters___'],
    ['label.with.dots', 'label_with_dots'],
    ['.foo', 'key_foo'],
    ['123label', 'key_123label'],
    ['_label_starting_with_underscore', 'key_label_starting_with_underscore'],
    ['__label_starting_with_2underscores', '__label_starting_with_2underscores'],
    ['label__with__double__underscores', 'label__with__double__underscores'],
    ['label.name__with&&special##chars', 'label_name__with__special__chars'],
    ['__reserved__label__name__', '__reserved__label__name__'],
    ['trailing_underscores___', 'trailing_underscores___'],
  ])('%s → %s', (key, expected) => {
    expect(prometheusLabelName(key)).toBe(expected);
  });

  test.each(['', '__', 'ようこそ'])('%j makes no label', (key) => {
    expect(() => prometheusLabelName(key)).toThrow(RangeError);
  });
});
