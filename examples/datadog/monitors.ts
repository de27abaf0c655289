/** A team's parameters in, Datadog monitors out: the same alerts as Prometheus has, with the same runbooks. */
import type { v1 } from '@datadog/datadog-api-client';
import {
  type AssumptionName,
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
  type CallOutcome,
  METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK,
  METRIC_LLM_FALLBACK_CHAIN_SPARES,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  METRIC_LLM_FALLBACK_CONTRACT_DRIFT,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  METRIC_WARMSPARE_QUEUE_SIZE,
  type TargetState,
} from '@warmspare/semconv';
import { CHAIN, count, query, ROW, SERVICE, tag } from './queries.ts';

/** What differs from team to team. */
export interface Parameters {
  /** Whom to tell, as Datadog writes it: `@slack-llm-oncall`. */
  readonly notify: string;
  /** Tags that every monitor gets. */
  readonly tags: readonly string[];
  /** Seconds after its declaration that a target may stay without a first run. */
  readonly unexercised: number;
  /** The share of a chain's answers, over a day, that may come from elsewhere than the primary. */
  readonly share: number;
  /** Where the runbooks are; the alert's name in lower case follows as an anchor. */
  readonly runbooks: string;
}

export const DEFAULTS: Parameters = {
  notify: '',
  tags: ['warmspare'],
  unexercised: 3600,
  share: 0.1,
  runbooks: 'https://github.com/warmspare/warmspare/blob/main/examples/prometheus/runbooks.md',
};

type Missing = 'default' | 'show_and_notify_no_data';

const value = (attribute: string): string => `{{${bracketed(tag(attribute))}.name}}`;
/** Datadog wants tags that contain a dot in brackets. */
const bracketed = (name: string): string => (name.includes('.') ? `[${name}]` : name);
const CHAIN_TEXT = `chain ${value(ATTR_LLM_FALLBACK_CHAIN_NAME)} of ${value(ATTR_SERVICE_NAME)}`;
const TARGET_TEXT = `${value(ATTR_LLM_FALLBACK_TARGET_NAME)} (${value(ATTR_LLM_FALLBACK_ROUTE_TYPE)}) of ${CHAIN_TEXT}`;

const age = query('min', METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS, { by: ROW });
const serving = query('min', METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK, { by: CHAIN });
const spares = query('min', METRIC_LLM_FALLBACK_CHAIN_SPARES, { by: CHAIN });
const state = (name: TargetState): string =>
  query('min', METRIC_LLM_FALLBACK_TARGET_STATUS, { where: { [ATTR_LLM_FALLBACK_TARGET_STATE]: name }, by: ROW });
const broken = (name: AssumptionName): string =>
  query('min', METRIC_LLM_FALLBACK_ASSUMPTION_STATUS, {
    where: { [ATTR_LLM_FALLBACK_ASSUMPTION_NAME]: name, [ATTR_LLM_FALLBACK_ASSUMPTION_STATE]: 'broken' },
    by: ROW,
  });
const failed = (outcome: CallOutcome): string =>
  count(METRIC_LLM_FALLBACK_CALLS, {
    where: { [ATTR_LLM_FALLBACK_ROUTE_TYPE]: '!primary', [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome },
    by: ROW,
  });
const answers = (where: Readonly<Record<string, string>>): string =>
  count(METRIC_LLM_FALLBACK_CALLS, {
    // Health checks are no traffic.
    where: { ...where, [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success', [ATTR_LLM_FALLBACK_EXERCISE_KIND]: '!probe' },
    by: CHAIN,
  });

/** The monitors for one set of parameters, each named as the alert for Prometheus that it stands for. */
export function monitors(parameters: Parameters): readonly v1.Monitor[] {
  const { notify, runbooks, share, tags, unexercised } = parameters;
  const monitor = (
    name: string,
    priority: 1 | 2 | 3 | 4,
    condition: { readonly over: string; readonly comparator: '>' | '>=' | '<'; readonly critical: number },
    text: string,
    onMissingData: Missing = 'default',
  ): v1.Monitor => ({
    name,
    type: 'query alert',
    query: `${condition.over} ${condition.comparator} ${condition.critical}`,
    message: [`${text} ${waits(condition.over)}\n\nRunbook: ${runbooks}#${name.toLowerCase()}`, notify]
      .filter(Boolean)
      .join('\n\n'),
    priority,
    tags: [...tags],
    options: {
      thresholds: { critical: condition.critical },
      includeTags: true,
      requireFullWindow: false,
      notifyAudit: false,
      onMissingData,
    },
  });
  const waits = (over: string): string => `This monitor looks at ${/^\w+\(last_(\w+)\)/.exec(over)?.[1]} of data.`;
  const always = (over: string): string => `min(last_10m):${over}`;
  const lately = (over: string): string => `sum(last_15m):${over}`;
  const isTrue = (over: string) => ({ over: always(over), comparator: '>=', critical: 1 }) as const;
  const happened = (over: string) => ({ over: lately(over), comparator: '>', critical: 0 }) as const;

  return [
    monitor(
      'FallbackStale',
      3,
      isTrue(state('stale')),
      `${TARGET_TEXT} has not worked for longer than its policy allows. Whether it still works is not known.`,
    ),
    monitor(
      'FallbackNeverExercised',
      3,
      { over: always(`${state('never_exercised')} * ${age}`), comparator: '>', critical: unexercised },
      `${TARGET_TEXT} has not run once since it was declared.`,
    ),
    monitor(
      'FallbackFailing',
      1,
      isTrue(state('failing')),
      `The latest attempt of ${TARGET_TEXT} failed: if the primary goes now, this target will not hold.`,
    ),
    monitor(
      'FallbackEngaged',
      3,
      isTrue(serving),
      `The newest answered run of ${CHAIN_TEXT} was served by a fallback.`,
    ),
    monitor(
      'NoSpareLeft',
      1,
      // Above 0 only where a fallback serves and the spares, of which there are whole ones only, are 0.
      { over: always(`${serving} - 1000 * ${spares}`), comparator: '>', critical: 0 },
      `The newest answered run of ${CHAIN_TEXT} was served by a fallback, and no target below it would hold.`,
    ),
    monitor(
      'FallbackSchemaInvalid',
      1,
      happened(failed('schema_invalid')),
      `${TARGET_TEXT} answers what its declared schema forbids.`,
    ),
    monitor(
      'FallbackContractDrift',
      4,
      {
        over: always(
          query('min', METRIC_LLM_FALLBACK_CONTRACT_DRIFT, { by: [...ROW, ATTR_LLM_FALLBACK_CONTRACT_PART] }),
        ),
        comparator: '>',
        critical: 0,
      },
      `The primary's ${value(ATTR_LLM_FALLBACK_CONTRACT_PART)} has changed since ${TARGET_TEXT} last worked.`,
    ),
    monitor(
      'FallbackUnprotected',
      1,
      happened(count(METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED, { by: CHAIN })),
      `The primary of ${CHAIN_TEXT} failed and no other target was tried.`,
    ),
    monitor(
      'FallbackChainExhausted',
      1,
      happened(count(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED, { by: CHAIN })),
      `Runs of ${CHAIN_TEXT} got no answer from any target.`,
    ),
    monitor(
      'FallbackFailoverSlow',
      3,
      isTrue(broken('breaker')),
      `The primary's last failure did not engage ${TARGET_TEXT} in time, or not at all, or on a wrong signal.`,
    ),
    monitor(
      'FallbackCapacity',
      3,
      isTrue(broken('capacity')),
      `${TARGET_TEXT}, at the primary's present load, would be beyond a configured limit.`,
    ),
    monitor(
      'FallbackCacheStale',
      3,
      happened(failed('cache_stale')),
      `${TARGET_TEXT} serves answers that are older than its policy allows.`,
    ),
    monitor(
      'FallbackCarryingTraffic',
      3,
      {
        over: `sum(last_1d):${answers({ [ATTR_LLM_FALLBACK_ROUTE_TYPE]: '!primary' })} / ${answers({})}`,
        comparator: '>',
        critical: share,
      },
      `More than ${share * 100} % of the answers of ${CHAIN_TEXT} in the last day did not come from the primary.`,
    ),
    monitor(
      'WarmspareDown',
      1,
      { over: `max(last_15m):${query('max', METRIC_WARMSPARE_QUEUE_SIZE)}`, comparator: '<', critical: 0 },
      'Warmspare sends no metrics: whether the fallbacks work is not being watched.',
      'show_and_notify_no_data',
    ),
    monitor(
      'WarmspareNoTelemetry',
      3,
      { over: `sum(last_1h):${count(METRIC_LLM_FALLBACK_CALLS, { by: SERVICE })}`, comparator: '<', critical: 1 },
      `No LLM call of ${value(ATTR_SERVICE_NAME)} was seen for an hour: what looks stale may only be unseen.`,
    ),
  ];
}
