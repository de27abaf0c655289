/** A team's parameters in, Prometheus rule groups out. Thresholds are data of the metrics wherever the policy has them. */
import {
  type AssumptionName,
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CONTRACT_PART,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_STATE,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  type CallOutcome,
  METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK,
  METRIC_LLM_FALLBACK_CHAIN_SPARES,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  METRIC_LLM_FALLBACK_CONTRACT_DRIFT,
  METRIC_LLM_FALLBACK_MAX_AGE,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP,
  METRIC_WARMSPARE_BATCHES,
  prometheusLabelName,
  type TargetState,
} from '@warmspare/semconv';
import { gauge, grown, labels, merged, select as selector } from './expressions.ts';
import { type Parameters, seconds } from './parameters.ts';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

const SERVICE = [ATTR_SERVICE_NAMESPACE, ATTR_SERVICE_NAME, ATTR_DEPLOYMENT_ENVIRONMENT_NAME];
const CHAIN = [...SERVICE, ATTR_LLM_FALLBACK_CHAIN_NAME];
const ROW = [...CHAIN, ATTR_LLM_FALLBACK_TARGET_NAME, ATTR_LLM_FALLBACK_ROUTE_TYPE];

const value = (key: string): string => `{{ $labels.${prometheusLabelName(key)} }}`;
/** Where a service has none, nothing stands there. */
const ENVIRONMENT_TEXT = `{{ with $labels.${prometheusLabelName(ATTR_DEPLOYMENT_ENVIRONMENT_NAME)} }}, {{ . }}{{ end }}`;
const SERVICE_TEXT = `${value(ATTR_SERVICE_NAME)}${ENVIRONMENT_TEXT}`;
const CHAIN_NAME = value(ATTR_LLM_FALLBACK_CHAIN_NAME);
const TARGET_NAME = value(ATTR_LLM_FALLBACK_TARGET_NAME);
const CHAIN_TEXT = `Chain ${CHAIN_NAME} of ${SERVICE_TEXT}`;
const TARGET_TEXT = `${TARGET_NAME} (${value(ATTR_LLM_FALLBACK_ROUTE_TYPE)}) of chain ${CHAIN_NAME} in ${SERVICE_TEXT}`;

/** A failed scrape hides an event for a moment; a row that was retired must not alert for a minute more. */
const EVENT_KEPT = '45s';

/** The rule file's groups for one set of parameters. */
export function ruleGroups(parameters: Parameters): readonly RuleGroup[] {
  const { job, gap, window, settle, unexercised, silence, share, services } = parameters;
  const select = (metric: string, attributes: Readonly<Record<string, string>> = {}): string =>
    selector(metric, { ...services, ...attributes });
  const witness = selector(METRIC_WARMSPARE_BATCHES);
  const age = gauge(select(METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS), ROW, gap, witness);
  const maxAge = gauge(select(METRIC_LLM_FALLBACK_MAX_AGE), ROW, gap, witness);
  const state = (name: TargetState): string =>
    `${gauge(select(METRIC_LLM_FALLBACK_TARGET_STATUS, { [ATTR_LLM_FALLBACK_TARGET_STATE]: name }), ROW, gap, witness)} == 1`;
  const engaged = `${gauge(select(METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK), CHAIN, gap, witness)} > 0`;
  const spares = gauge(select(METRIC_LLM_FALLBACK_CHAIN_SPARES), CHAIN, gap, witness);
  const broken = (name: AssumptionName): string =>
    `${gauge(select(METRIC_LLM_FALLBACK_ASSUMPTION_STATUS, { [ATTR_LLM_FALLBACK_ASSUMPTION_NAME]: name, [ATTR_LLM_FALLBACK_ASSUMPTION_STATE]: 'broken' }), ROW, gap, witness)} == 1`;
  const failed = (outcome: CallOutcome): string =>
    grown(
      select(METRIC_LLM_FALLBACK_CALLS, {
        [ATTR_LLM_FALLBACK_ROUTE_TYPE]: '!primary',
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
      }),
      ROW,
      window,
      witness,
    );
  // Health checks are no traffic.
  const answered = (route: Readonly<Record<string, string>> = {}): string =>
    select(METRIC_LLM_FALLBACK_CALLS, {
      ...route,
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_LLM_FALLBACK_EXERCISE_KIND]: '!probe',
    });
  const inADay = (calls: string): string => `sum by (${labels(CHAIN)}) (${merged(calls, `increase(${calls}[1d])`)})`;
  const aDayAgo = `sum by (${labels(CHAIN)}) (${merged(answered(), `last_over_time(${answered()}[${gap}] offset 1d)`)})`;
  const elsewhere = answered({ [ATTR_LLM_FALLBACK_ROUTE_TYPE]: '!primary' });
  const newest = gaugeOfServices(select(METRIC_LLM_FALLBACK_WATERMARK_TIMESTAMP), 'max', gap);
  const shortest = gaugeOfServices(select(METRIC_LLM_FALLBACK_MAX_AGE), 'min', gap);
  const bound = `(clamp_max(${shortest}, ${seconds(silence)})\n or ${newest} * 0 + ${seconds(silence)})`;

  const alert = (
    name: string,
    severity: 'critical' | 'warning' | 'info',
    expr: string,
    summary: string,
    description: string,
    wait: string | null = settle,
  ): AlertRule => ({
    alert: name,
    expr,
    ...(wait !== null && { for: wait }),
    ...(expr.includes(' offset ') && { keep_firing_for: seconds(settle) < seconds(EVENT_KEPT) ? settle : EVENT_KEPT }),
    labels: { severity, ...parameters.labels },
    annotations: {
      summary,
      description: `${description} ${wait === null ? 'This rule does not wait.' : `This rule waits ${wait}.`}`,
      runbook_url: `${parameters.runbooks}#${name.toLowerCase()}`,
    },
  });
  const atOnce = null;

  return [
    {
      name: 'warmspare-records',
      rules: [
        {
          // Above 1 the target is older than its policy allows.
          record: 'llm_fallback:time_since_last_success:ratio_max_age',
          expr: `${age}\n/\n${maxAge}`,
        },
      ],
    },
    {
      name: 'warmspare-fallbacks',
      rules: [
        alert(
          'FallbackStale',
          'warning',
          `(${age}\n> ${maxAge})\nunless (${state('never_exercised')})`,
          `${TARGET_TEXT} has not worked for longer than its policy allows`,
          'Its last successful exercise is {{ $value | humanizeDuration }} old. Whether it still works is not known.',
        ),
        alert(
          'FallbackNeverExercised',
          'warning',
          // The age counts from the declaration, so the rule itself need not wait.
          `(${age}\n> ${seconds(unexercised)})\nand (${state('never_exercised')})`,
          `${TARGET_TEXT} was never exercised`,
          `It was declared {{ $value | humanizeDuration }} ago and has not run once since. The limit is ${unexercised}.`,
          atOnce,
        ),
        alert(
          'FallbackFailing',
          'critical',
          state('failing'),
          `${TARGET_TEXT} fails`,
          `The latest attempt of ${TARGET_NAME} failed: if the primary goes now, this target will not hold.`,
        ),
        alert(
          'FallbackEngaged',
          'warning',
          engaged,
          `${CHAIN_TEXT} runs on a fallback`,
          'The target of rank {{ $value }} served the newest answered run; 0 would be the primary.',
        ),
        alert(
          'NoSpareLeft',
          'critical',
          `(${spares} == 0)\nand (${engaged})`,
          `${CHAIN_TEXT} runs on its last target that would hold`,
          '{{ $value }} targets below the serving one are fresh with no broken assumption: the next failure reaches users.',
        ),
        alert(
          'FallbackSchemaInvalid',
          'critical',
          failed('schema_invalid'),
          `${TARGET_TEXT} answers what its schema forbids`,
          `{{ $value | humanize }} outputs did not match the declared schema in the last ${window}.`,
          atOnce,
        ),
        alert(
          'FallbackContractDrift',
          'info',
          `${gauge(select(METRIC_LLM_FALLBACK_CONTRACT_DRIFT), [...ROW, ATTR_LLM_FALLBACK_CONTRACT_PART], gap, witness)} > 0`,
          `${TARGET_TEXT} has not run since the primary changed`,
          `The primary's ${value(ATTR_LLM_FALLBACK_CONTRACT_PART)} has changed {{ $value }} times since this target last succeeded.`,
        ),
        alert(
          'FallbackUnprotected',
          'critical',
          grown(select(METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED), CHAIN, window, witness),
          `${CHAIN_TEXT} failed without trying a fallback`,
          `In {{ $value | humanize }} runs of the last ${window} the primary failed and no other target was tried.`,
          atOnce,
        ),
        alert(
          'FallbackChainExhausted',
          'critical',
          grown(select(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED), CHAIN, window, witness),
          `${CHAIN_TEXT} failed on every target`,
          `{{ $value | humanize }} runs of the last ${window} got no answer from any target.`,
          atOnce,
        ),
        alert(
          'FallbackFailoverSlow',
          'warning',
          broken('breaker'),
          `${TARGET_TEXT} is not engaged in time`,
          `The primary's last failure did not engage ${TARGET_NAME} within the policy's maximum, or not at all, or on a wrong signal.`,
        ),
        alert(
          'FallbackCapacity',
          'warning',
          broken('capacity'),
          `${TARGET_TEXT} would not bear the primary's load`,
          `The latency, cost or tokens of ${TARGET_NAME}, projected to the primary's present load, are beyond a configured limit.`,
        ),
        alert(
          'FallbackCacheStale',
          'warning',
          failed('cache_stale'),
          `${TARGET_TEXT} serves answers that are too old`,
          `{{ $value | humanize }} answers of the last ${window} were older than the policy allows.`,
          atOnce,
        ),
        alert(
          'FallbackCarryingTraffic',
          'warning',
          // A chain that is younger than a day has not lived on anything for one.
          `${inADay(elsewhere)}\n/\n${inADay(answered())} > ${share}\nand ${aDayAgo}`,
          `${CHAIN_TEXT} lives on its fallbacks`,
          '{{ $value | humanizePercentage }} of its answers in the last day did not come from the primary.',
        ),
      ],
    },
    {
      name: 'warmspare-service',
      rules: [
        alert(
          'WarmspareDown',
          'critical',
          // One that sends its metrics by OTLP has no scrape job.
          `max by (job) (up{job="${job}"}) == 0\nor absent(up{job="${job}"}) and on () absent(last_over_time(${witness}[${gap}]))`,
          'Warmspare is not there',
          'No replica of the job {{ $labels.job }} answers or sends metrics: whether the fallbacks work is not being watched.',
        ),
        alert(
          'WarmspareNoTelemetry',
          'warning',
          `time() - ${newest}\n> ${bound}`,
          `No LLM telemetry arrives from ${SERVICE_TEXT}`,
          'Its newest span is {{ $value | humanizeDuration }} old: what looks stale may only be unseen.',
        ),
      ],
    },
  ];
}

function gaugeOfServices(selected: string, aggregation: 'min' | 'max', gap: string): string {
  return `${aggregation} by (${labels(SERVICE)}) (last_over_time(${selected}[${gap}]))`;
}
