/** One dashboard: would the fallbacks work, who served, what a failover takes, is Warmspare itself well. */
import type { v1 } from '@datadog/datadog-api-client';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CONTRACT_PART,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_LIMIT_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_STATE,
  ATTR_WARMSPARE_REJECT_REASON,
  METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
  METRIC_LLM_FALLBACK_BREAKER_STATUS,
  METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION,
  METRIC_LLM_FALLBACK_CACHE_AGE,
  METRIC_LLM_FALLBACK_CALL_DURATION,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK,
  METRIC_LLM_FALLBACK_CHAIN_SPARES,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  METRIC_LLM_FALLBACK_CONTRACT_DRIFT,
  METRIC_LLM_FALLBACK_COST,
  METRIC_LLM_FALLBACK_FAILOVER_DURATION,
  METRIC_LLM_FALLBACK_FAILOVER_HEADROOM,
  METRIC_LLM_FALLBACK_MAX_AGE,
  METRIC_LLM_FALLBACK_SCHEMA_CHECKS,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  METRIC_WARMSPARE_REQUESTS_REJECTED,
  METRIC_WARMSPARE_SPANS_ACCEPTED,
  METRIC_WARMSPARE_SPANS_REJECTED,
  METRIC_WARMSPARE_STORE_ERRORS,
  type TargetState,
} from '@warmspare/semconv';
import { CHAIN, count, type MetricQuery, query, ROW, tag } from './queries.ts';
import { type Bound, group, lines, list, number, one } from './widgets.ts';

const VARIABLES = ['service', 'env', 'chain'];
const TARGET = [ATTR_LLM_FALLBACK_CHAIN_NAME, ATTR_LLM_FALLBACK_TARGET_NAME, ATTR_LLM_FALLBACK_ROUTE_TYPE];
const RED_ABOVE_0: readonly Bound[] = [{ comparator: '>', value: 0, palette: 'white_on_red' }];
const YELLOW_ABOVE_0: readonly Bound[] = [{ comparator: '>', value: 0, palette: 'white_on_yellow' }];

const chosen = (options: MetricQuery): MetricQuery => ({ ...options, variables: VARIABLES });
const inState = (state: TargetState, by: readonly string[]): string =>
  query('min', METRIC_LLM_FALLBACK_TARGET_STATUS, chosen({ where: { [ATTR_LLM_FALLBACK_TARGET_STATE]: state }, by }));
const serving = query('min', METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK, chosen({ by: CHAIN }));
const spares = query('min', METRIC_LLM_FALLBACK_CHAIN_SPARES, chosen({ by: CHAIN }));
const age = query('min', METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS, chosen({ by: ROW }));
const maxAge = query('min', METRIC_LLM_FALLBACK_MAX_AGE, chosen({ by: ROW }));

/** How many targets are in a state: the sum over targets of what replicas agree on. */
const targetsIn = (title: string, state: TargetState, bounds: readonly Bound[]): v1.Widget =>
  number(title, { formula: 'count_nonzero(a)', queries: { a: inState(state, ROW) } }, 'last', bounds);

export function dashboard(): v1.Dashboard {
  return {
    title: 'Warmspare: would the fallbacks work?',
    description: 'Every fallback, cache and heuristic behind an LLM call, and whether it would take over now.',
    layoutType: 'ordered',
    reflowType: 'auto',
    templateVariables: [
      { name: 'service', prefix: 'service', defaults: ['*'] },
      { name: 'env', prefix: 'env', defaults: ['*'] },
      { name: 'chain', prefix: tag(ATTR_LLM_FALLBACK_CHAIN_NAME), defaults: ['*'] },
    ],
    widgets: [
      group('Would they work now?', [
        number(
          'Runs without an answer',
          one(count(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED, chosen({}))),
          'sum',
          RED_ABOVE_0,
        ),
        number(
          'Failures that nothing protected',
          one(count(METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED, chosen({}))),
          'sum',
          RED_ABOVE_0,
        ),
        number(
          'Chains on a fallback',
          { formula: 'count_nonzero(a)', queries: { a: serving } },
          'last',
          YELLOW_ABOVE_0,
        ),
        targetsIn('Failing', 'failing', RED_ABOVE_0),
        targetsIn('Never exercised', 'never_exercised', RED_ABOVE_0),
        targetsIn('Stale', 'stale', YELLOW_ABOVE_0),
        list('Chains on a fallback, by the rank that serves', one(serving), YELLOW_ABOVE_0),
        list('Spares below the serving target', one(spares), [{ comparator: '<', value: 1, palette: 'white_on_red' }]),
        list(
          'Age of the last success, as a share of the allowed age (never exercised: since it was declared)',
          { formula: 'a / b', queries: { a: age, b: maxAge } },
          [{ comparator: '>=', value: 1, palette: 'white_on_red' }],
        ),
        list(
          'Never exercised, longest first',
          {
            formula: 'a * b',
            queries: { a: age, b: inState('never_exercised', ROW) },
            unit: 'second',
          },
          RED_ABOVE_0,
        ),
      ]),
      group('What must hold when they engage', [
        list(
          'Broken assumptions',
          one(
            query(
              'min',
              METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
              chosen({
                where: { [ATTR_LLM_FALLBACK_ASSUMPTION_STATE]: 'broken' },
                by: [...ROW, ATTR_LLM_FALLBACK_ASSUMPTION_NAME],
              }),
            ),
          ),
          RED_ABOVE_0,
        ),
        list(
          'Assumptions that nothing has proved',
          one(
            query(
              'min',
              METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
              chosen({
                where: { [ATTR_LLM_FALLBACK_ASSUMPTION_STATE]: 'unverified' },
                by: [...ROW, ATTR_LLM_FALLBACK_ASSUMPTION_NAME],
              }),
            ),
          ),
          YELLOW_ABOVE_0,
        ),
        list(
          'Changes of the primary since each target last worked',
          one(
            query('min', METRIC_LLM_FALLBACK_CONTRACT_DRIFT, chosen({ by: [...ROW, ATTR_LLM_FALLBACK_CONTRACT_PART] })),
          ),
          YELLOW_ABOVE_0,
        ),
        lines(
          'Headroom by limit, if a target took the whole load',
          [
            one(
              query(
                'min',
                METRIC_LLM_FALLBACK_FAILOVER_HEADROOM,
                chosen({ by: [...TARGET, ATTR_LLM_FALLBACK_LIMIT_NAME] }),
              ),
            ),
          ],
          'line',
          { value: 'y = 1', label: 'below it, the limit breaks' },
        ),
      ]),
      group('Who served, and what it took', [
        lines(
          'Answers by route',
          [
            one(
              count(
                METRIC_LLM_FALLBACK_CALLS,
                chosen({ where: { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success' }, by: [ATTR_LLM_FALLBACK_ROUTE_TYPE] }),
              ),
            ),
          ],
          'bars',
        ),
        lines(
          'Attempts that failed',
          [
            one(
              count(
                METRIC_LLM_FALLBACK_CALLS,
                chosen({
                  where: { [ATTR_LLM_FALLBACK_CALL_OUTCOME]: '!success' },
                  by: [...TARGET, ATTR_LLM_FALLBACK_CALL_OUTCOME, ATTR_ERROR_TYPE],
                }),
              ),
            ),
          ],
          'bars',
        ),
        lines('Time until the next target, 95th percentile', [
          one(query('p95', METRIC_LLM_FALLBACK_FAILOVER_DURATION, chosen({ by: TARGET })), undefined, 'second'),
        ]),
        lines('Breakers that are open', [
          one(
            query(
              'max',
              METRIC_LLM_FALLBACK_BREAKER_STATUS,
              chosen({
                where: { [ATTR_LLM_FALLBACK_BREAKER_STATE]: 'open' },
                by: [...CHAIN, ATTR_LLM_FALLBACK_BREAKER_NAME],
              }),
            ),
          ),
        ]),
        lines('Time until a breaker opened, 95th percentile', [
          one(
            query(
              'p95',
              METRIC_LLM_FALLBACK_BREAKER_TRIP_DURATION,
              chosen({ by: [...CHAIN, ATTR_LLM_FALLBACK_BREAKER_NAME] }),
            ),
            undefined,
            'second',
          ),
        ]),
        lines(
          'Schema violations',
          [
            one(
              count(
                METRIC_LLM_FALLBACK_SCHEMA_CHECKS,
                chosen({
                  where: { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid' },
                  by: [...TARGET, ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE],
                }),
              ),
            ),
          ],
          'bars',
        ),
        lines('Age of cached answers, 95th percentile', [
          one(query('p95', METRIC_LLM_FALLBACK_CACHE_AGE, chosen({ by: TARGET })), undefined, 'second'),
        ]),
        lines('Duration of attempts, 95th percentile', [
          one(query('p95', METRIC_LLM_FALLBACK_CALL_DURATION, chosen({ by: TARGET })), undefined, 'second'),
        ]),
        lines(
          'Cost by route',
          [
            one(
              count(
                METRIC_LLM_FALLBACK_COST,
                chosen({ by: [ATTR_LLM_FALLBACK_ROUTE_TYPE, ATTR_LLM_FALLBACK_COST_CURRENCY] }),
              ),
            ),
          ],
          'bars',
        ),
      ]),
      group('Warmspare itself', [
        lines('Spans accepted', [one(count(METRIC_WARMSPARE_SPANS_ACCEPTED))], 'bars'),
        lines(
          'Refused, and store errors',
          [
            one(count(METRIC_WARMSPARE_SPANS_REJECTED, { by: [ATTR_WARMSPARE_REJECT_REASON] }), 'spans'),
            one(count(METRIC_WARMSPARE_REQUESTS_REJECTED, { by: [ATTR_WARMSPARE_REJECT_REASON] }), 'requests'),
            one(count(METRIC_WARMSPARE_STORE_ERRORS), 'store errors'),
          ],
          'bars',
        ),
      ]),
    ],
  };
}
