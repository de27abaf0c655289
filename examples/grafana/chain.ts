/** One chain, or a few: who served, how it falls, what it costs, what each target could bear. */
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_TOKEN_TYPE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_OUTCOME,
  ATTR_LLM_FALLBACK_LIMIT_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  METRIC_LLM_FALLBACK_BREAKER_STATUS,
  METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION,
  METRIC_LLM_FALLBACK_CACHE_AGE,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_COST,
  METRIC_LLM_FALLBACK_DRILLS,
  METRIC_LLM_FALLBACK_FAILOVER_DURATION,
  METRIC_LLM_FALLBACK_FAILOVER_HEADROOM,
  METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP,
  METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP,
  METRIC_LLM_FALLBACK_SCHEMA_CHECKS,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import { labels } from '../prometheus/expressions.ts';
import { frame, withChain } from './dashboard.ts';
import { lines, TARGET_COLUMN, table } from './panels.ts';
import { added, CHAIN, chosen, named, once, quantile, ROW, rate } from './queries.ts';

const TARGET = [ATTR_LLM_FALLBACK_TARGET_NAME, ATTR_LLM_FALLBACK_ROUTE_TYPE];
/** Of the latest over replicas, as Grafana takes moments. */
const milliseconds = (timestamp: string): string => `1000 * max by (${labels(ROW)}) (${chosen(timestamp)})`;
const TARGET_LEGEND = '{{llm_fallback_target_name}} ({{llm_fallback_route_type}})';

export function chain(): Dashboard {
  return withChain(
    frame({
      uid: 'warmspare-chain',
      title: 'Warmspare: one chain',
      description: 'Who served, how it falls, what it costs and what each target could bear.',
      from: 'now-24h',
    }),
  )
    .withRow(new RowBuilder('Who served'))
    .withPanel(
      lines(
        {
          title: 'Route mix',
          description:
            'Share of the answers by route. A fallback that carries traffic for a day has become the way of working.',
        },
        [
          {
            expr: rate(chosen(METRIC_LLM_FALLBACK_CALLS, { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' }), [
              ATTR_LLM_FALLBACK_ROUTE_TYPE,
            ]),
            legend: '{{llm_fallback_route_type}}',
          },
        ],
        'ops',
        { stack: 'percent' },
      ),
    )
    .withPanel(
      lines(
        { title: 'Attempts that failed', description: 'By target, outcome and error type.' },
        [
          {
            expr: rate(chosen(METRIC_LLM_FALLBACK_CALLS, { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: '!success' }), [
              ...TARGET,
              ATTR_LLM_FALLBACK_CALL_OUTCOME,
              ATTR_ERROR_TYPE,
            ]),
            legend: `${TARGET_LEGEND}: {{llm_fallback_call_outcome}} {{error_type}}`,
          },
        ],
        'ops',
      ),
    )
    .withPanel(
      table(
        {
          title: 'When each target last worked, and was last tried',
          description: 'A target that was tried later than it worked is failing.',
        },
        [
          { expr: named(milliseconds(METRIC_LLM_FALLBACK_LAST_SUCCESS_TIMESTAMP)), legend: '' },
          { expr: named(milliseconds(METRIC_LLM_FALLBACK_LAST_ATTEMPT_TIMESTAMP)), legend: '' },
        ],
        {
          unit: 'dateTimeFromNow',
          transformations: [
            { id: 'merge', options: {} },
            { id: 'filterFieldsByName', options: { include: { names: ['row', 'Value #A', 'Value #B'] } } },
            {
              id: 'organize',
              options: {
                renameByName: { row: TARGET_COLUMN, 'Value #A': 'Last success', 'Value #B': 'Last attempt' },
              },
            },
          ],
        },
      ),
    )
    .withRow(new RowBuilder('How it falls'))
    .withPanel(
      lines(
        {
          title: 'Time until the next target',
          description:
            'From the start of the first attempt. A client that retries and waits before it fails comes first here.',
        },
        [0.5, 0.95].map((q) => ({
          expr: quantile(q, METRIC_LLM_FALLBACK_FAILOVER_DURATION, TARGET),
          legend: `${TARGET_LEGEND} p${q * 100}`,
        })),
        's',
      ),
    )
    .withPanel(
      lines(
        { title: 'Breakers', description: '1 while a breaker is in the state.' },
        [
          {
            expr: `${once(chosen(METRIC_LLM_FALLBACK_BREAKER_STATUS), [...CHAIN, ATTR_LLM_FALLBACK_BREAKER_NAME, ATTR_LLM_FALLBACK_BREAKER_STATE])} == 1`,
            legend: '{{llm_fallback_breaker_name}}: {{llm_fallback_breaker_state}}',
          },
        ],
        'none',
        { width: 6 },
      ),
    )
    .withPanel(
      lines(
        { title: 'Time until a breaker opened', description: 'From the first failure of a run of failures.' },
        [
          {
            expr: quantile(0.95, METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION, [ATTR_LLM_FALLBACK_BREAKER_NAME]),
            legend: '{{llm_fallback_breaker_name}} p95',
          },
        ],
        's',
        { width: 6 },
      ),
    )
    .withPanel(
      lines(
        { title: 'Drills', description: 'By target, outcome and the fault that stood in for an outage.' },
        [
          {
            expr: added(chosen(METRIC_LLM_FALLBACK_DRILLS), [
              ...TARGET,
              ATTR_LLM_FALLBACK_DRILL_OUTCOME,
              ATTR_LLM_FALLBACK_DRILL_FAULT,
            ]),
            legend: `${TARGET_LEGEND}: {{llm_fallback_drill_outcome}} ({{llm_fallback_drill_fault}})`,
          },
        ],
        'none',
      ),
    )
    .withRow(new RowBuilder('What the answers are worth'))
    .withPanel(
      lines(
        { title: 'Schema violations', description: 'Answers that the declared schema forbids, by target and kind.' },
        [
          {
            expr: rate(chosen(METRIC_LLM_FALLBACK_SCHEMA_CHECKS, { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid' }), [
              ...TARGET,
              ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
            ]),
            legend: `${TARGET_LEGEND}: {{llm_fallback_schema_error_type}}`,
          },
        ],
        'ops',
      ),
    )
    .withPanel(
      lines(
        { title: 'Age of cached answers', description: 'When they were served.' },
        [
          {
            expr: quantile(0.95, METRIC_LLM_FALLBACK_CACHE_AGE, [ATTR_LLM_FALLBACK_TARGET_NAME]),
            legend: '{{llm_fallback_target_name}} p95',
          },
        ],
        's',
      ),
    )
    .withRow(new RowBuilder('What it takes'))
    .withPanel(
      lines(
        { title: 'Duration of attempts', description: 'The 95th percentile by target.' },
        [{ expr: quantile(0.95, METRIC_LLM_FALLBACK_CALL_DURATION, TARGET), legend: `${TARGET_LEGEND} p95` }],
        's',
        { width: 8 },
      ),
    )
    .withPanel(
      lines(
        { title: 'Cost an hour, by route', description: 'Failed attempts that report usage count, too.' },
        [
          {
            expr: `3600 * ${rate(chosen(METRIC_LLM_FALLBACK_COST), [ATTR_LLM_FALLBACK_ROUTE_TYPE, ATTR_LLM_FALLBACK_COST_CURRENCY])}`,
            legend: '{{llm_fallback_route_type}}, {{llm_fallback_cost_currency}}',
          },
        ],
        'none',
        { width: 8, stack: 'normal' },
      ),
    )
    .withPanel(
      lines(
        { title: 'Tokens a minute', description: 'By target and direction.' },
        [
          {
            expr: `60 * ${rate(chosen(METRIC_LLM_FALLBACK_TOKENS), [...TARGET, ATTR_GEN_AI_TOKEN_TYPE])}`,
            legend: `${TARGET_LEGEND} {{gen_ai_token_type}}`,
          },
        ],
        'none',
        { width: 8, stack: 'normal' },
      ),
    )
    .withRow(new RowBuilder('If a target took the whole load'))
    .withPanel(
      lines(
        {
          title: 'Headroom by limit',
          description:
            "A limit, divided by what the target would need at the primary's present load. Below 1 the limit breaks.",
        },
        [
          {
            expr: once(chosen(METRIC_LLM_FALLBACK_FAILOVER_HEADROOM), [...ROW, ATTR_LLM_FALLBACK_LIMIT_NAME]),
            legend: `${TARGET_LEGEND}: {{llm_fallback_limit_name}}`,
          },
        ],
        'none',
        {
          width: 24,
          steps: [
            { from: null, color: 'red' },
            { from: 1, color: 'green' },
          ],
        },
      ),
    )
    .build();
}
