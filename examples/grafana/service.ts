/** Warmspare itself: what arrives, what it refuses, and whether it can still keep what it accepts. */
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  ATTR_WARMSPARE_CARDINALITY_LIMIT,
  ATTR_WARMSPARE_REJECT_REASON,
  METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
  METRIC_WARMSPARE_BATCHES,
  METRIC_WARMSPARE_CALLS_EVICTED,
  METRIC_WARMSPARE_CARDINALITY_OVERFLOW,
  METRIC_WARMSPARE_CLOCK_CLAMPS,
  METRIC_WARMSPARE_CLOCK_DOUBTFUL,
  METRIC_WARMSPARE_COMMITS,
  METRIC_WARMSPARE_QUEUE_SIZE,
  METRIC_WARMSPARE_REQUESTS_REJECTED,
  METRIC_WARMSPARE_SERIES_OVERFLOW,
  METRIC_WARMSPARE_SPANS_ACCEPTED,
  METRIC_WARMSPARE_SPANS_DUPLICATED,
  METRIC_WARMSPARE_SPANS_IGNORED,
  METRIC_WARMSPARE_SPANS_RECEIVED,
  METRIC_WARMSPARE_SPANS_REJECTED,
  METRIC_WARMSPARE_STORE_DAMAGE,
  METRIC_WARMSPARE_STORE_ERRORS,
  METRIC_WARMSPARE_VOCABULARY_UNKNOWN,
} from '@warmspare/semconv';
import { labels, select } from '../prometheus/expressions.ts';
import { frame } from './dashboard.ts';
import { lines, number, ZERO_IS_GOOD } from './panels.ts';
import { added, chosenServices, rate, SERVICE } from './queries.ts';

const perSecond = (metric: string, by: readonly string[] = []): string => rate(select(metric), by);
const inRange = (metric: string): string => added(select(metric), []);

export function service(): Dashboard {
  const troubles = [
    {
      title: 'Store errors',
      metric: METRIC_WARMSPARE_STORE_ERRORS,
      description: 'Commits that failed; their spans were refused and are sent again.',
    },
    {
      title: 'Folded rows',
      metric: METRIC_WARMSPARE_SERIES_OVERFLOW,
      description: 'Spans past the cap of rows: a name of high cardinality is used as a chain or target.',
    },
    {
      title: 'Calls judged early',
      metric: METRIC_WARMSPARE_CALLS_EVICTED,
      description:
        'Calls whose trace did not fit into the window: a fallback among them may be unseen, or a retry counted twice.',
    },
    {
      title: 'Unknown words',
      metric: METRIC_WARMSPARE_VOCABULARY_UNKNOWN,
      description:
        'Finish reasons, operations and outcomes that no table has: they prove nothing. The status page lists them.',
    },
    {
      title: 'Clamped clocks',
      metric: METRIC_WARMSPARE_CLOCK_CLAMPS,
      description: "Spans from the future: a sender's clock is wrong.",
    },
  ];
  const dashboard = frame({
    uid: 'warmspare-service',
    title: 'Warmspare: the service itself',
    description: 'What arrives, what is refused, and whether it can keep what it accepts.',
    from: 'now-6h',
  })
    .withPanel(
      number(
        { title: 'Replicas that answer', description: 'By the scrapes of the job warmspare.' },
        { expr: 'sum(up{job="warmspare"})', legend: 'up' },
        'none',
        [
          { from: null, color: 'red' },
          { from: 1, color: 'green' },
        ],
      ),
    )
    .withPanel(
      number(
        {
          title: 'Store was damaged',
          description: 'A damaged file was set aside at start: what it knew is missing. The log names it.',
        },
        { expr: `max(${select(METRIC_WARMSPARE_STORE_DAMAGE)})`, legend: 'damage' },
        'none',
        ZERO_IS_GOOD,
      ),
    );
  dashboard.withPanel(
    number(
      {
        title: 'Clock in doubt',
        description: 'The clock stands earlier than the newest commit: spans are refused until it is set right.',
      },
      { expr: `max(${select(METRIC_WARMSPARE_CLOCK_DOUBTFUL)})`, legend: 'clock' },
      'none',
      ZERO_IS_GOOD,
    ),
  );
  for (const { title, description, metric } of troubles) {
    dashboard.withPanel(number({ title, description }, { expr: inRange(metric), legend: title }, 'none', ZERO_IS_GOOD));
  }
  return dashboard
    .withRow(new RowBuilder('What arrives'))
    .withPanel(
      lines(
        { title: 'Spans', description: 'Accepted ones are evidence; ignored ones are no LLM calls.' },
        [
          { expr: perSecond(METRIC_WARMSPARE_SPANS_RECEIVED), legend: 'received' },
          { expr: perSecond(METRIC_WARMSPARE_SPANS_ACCEPTED), legend: 'accepted' },
          { expr: perSecond(METRIC_WARMSPARE_SPANS_IGNORED), legend: 'ignored' },
          { expr: perSecond(METRIC_WARMSPARE_SPANS_DUPLICATED), legend: 'seen before' },
        ],
        'ops',
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Age of the newest span, by service',
          description: 'When it grows, what looks stale may only be unseen.',
        },
        [
          {
            expr: `time() - max by (${labels(SERVICE)}) (${chosenServices(METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP)})`,
            legend: '{{service_name}} {{deployment_environment_name}}',
          },
        ],
        's',
      ),
    )
    .withPanel(
      lines(
        { title: 'Refused', description: 'Spans and requests, by reason. A sender tries again where that helps.' },
        [
          {
            expr: perSecond(METRIC_WARMSPARE_SPANS_REJECTED, [ATTR_WARMSPARE_REJECT_REASON]),
            legend: 'spans: {{warmspare_reject_reason}}',
          },
          {
            expr: perSecond(METRIC_WARMSPARE_REQUESTS_REJECTED, [ATTR_WARMSPARE_REJECT_REASON]),
            legend: 'requests: {{warmspare_reject_reason}}',
          },
        ],
        'ops',
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Batches and commits',
          description: 'Many batches share a commit under load; a queue that stays is a slow disk.',
        },
        [
          { expr: perSecond(METRIC_WARMSPARE_BATCHES), legend: 'batches' },
          { expr: perSecond(METRIC_WARMSPARE_COMMITS), legend: 'commits' },
          { expr: `sum(${select(METRIC_WARMSPARE_QUEUE_SIZE)})`, legend: 'waiting' },
        ],
        'none',
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Past a limit',
          description:
            'Names of senders that found no room, by the limit: a name of high cardinality is used somewhere.',
        },
        [
          {
            expr: perSecond(METRIC_WARMSPARE_CARDINALITY_OVERFLOW, [ATTR_WARMSPARE_CARDINALITY_LIMIT]),
            legend: '{{warmspare_cardinality_limit}}',
          },
        ],
        'ops',
      ),
    )
    .build();
}
