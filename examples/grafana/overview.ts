/** The first dashboard: what users feel now, who runs on a fallback, then what would not hold. */
import { type Dashboard, MappingType, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  type AssumptionState,
  ATTR_LLM_FALLBACK_ASSUMPTION_NAME,
  ATTR_LLM_FALLBACK_ASSUMPTION_STATE,
  ATTR_LLM_FALLBACK_CONTRACT_PART,
  ATTR_LLM_FALLBACK_TARGET_STATE,
  METRIC_LLM_FALLBACK_ASSUMPTION_STATUS,
  METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED,
  METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK,
  METRIC_LLM_FALLBACK_CHAIN_SPARES,
  METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED,
  METRIC_LLM_FALLBACK_CONTRACT_DRIFT,
  METRIC_LLM_FALLBACK_MAX_AGE,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS,
  prometheusLabelName,
  TARGET_STATES,
  type TargetState,
} from '@warmspare/semconv';
import { frame, withChain } from './dashboard.ts';
import { lines, NEUTRAL, number, type Steps, TARGET_COLUMN, table, ZERO_IS_GOOD } from './panels.ts';
import { added, CHAIN, chainNamed, chosen, named, once, ROW } from './queries.ts';

const WARN_ABOVE_0: Steps = [
  { from: null, color: 'green' },
  { from: 1, color: 'orange' },
];
const STATE_TEXT: Readonly<Record<TargetState, { title: string; description: string; steps: Steps }>> = {
  never_exercised: {
    title: 'Never exercised',
    description: 'Declared, and not run once. Drill them before an outage does.',
    steps: ZERO_IS_GOOD,
  },
  failing: {
    title: 'Failing',
    description: 'Their latest attempt failed: if the primary goes now, they will not hold.',
    steps: ZERO_IS_GOOD,
  },
  stale: {
    title: 'Stale',
    description: 'Their last success is older than their policy allows. Nobody knows whether they still work.',
    steps: WARN_ABOVE_0,
  },
  fresh: { title: 'Fresh', description: 'They worked lately.', steps: NEUTRAL },
};

const inState = (state: TargetState): string =>
  `${once(chosen(METRIC_LLM_FALLBACK_TARGET_STATUS, { [ATTR_LLM_FALLBACK_TARGET_STATE]: state }), ROW)} == 1`;
const engaged = `${once(chosen(METRIC_LLM_FALLBACK_CHAIN_SERVING_RANK), CHAIN)} > 0`;
const spares = once(chosen(METRIC_LLM_FALLBACK_CHAIN_SPARES), CHAIN);
const age = once(chosen(METRIC_LLM_FALLBACK_TIME_SINCE_LAST_SUCCESS), ROW);
const maxAge = once(chosen(METRIC_LLM_FALLBACK_MAX_AGE), ROW);

/** As a number, so that one table can colour it: 0 broken, 1 unverified, 2 holds. */
const CODES: readonly AssumptionState[] = ['broken', 'unverified', 'holds'];
const COLOURS: Readonly<Record<AssumptionState, string>> = { broken: 'red', unverified: 'yellow', holds: 'green' };
const assumptions = CODES.map((state, code) => {
  const series = chosen(METRIC_LLM_FALLBACK_ASSUMPTION_STATUS, { [ATTR_LLM_FALLBACK_ASSUMPTION_STATE]: state });
  return `(${once(series, [...ROW, ATTR_LLM_FALLBACK_ASSUMPTION_NAME])} == 1) * ${code}`;
}).join(' or ');

const ONLY_ROW_AND_VALUE = {
  id: 'filterFieldsByName',
  options: { include: { names: ['row', 'Value'] } },
};
const VALUE_AS = (name: string): { id: string; options: object } => ({
  id: 'organize',
  options: { renameByName: { Value: name, row: TARGET_COLUMN } },
});

/** Worst first. */
const COUNTED: readonly TargetState[] = ['failing', 'never_exercised', 'stale', 'fresh'];

export function overview(): Dashboard {
  const counts = COUNTED.map((state) => {
    const { title, description, steps } = STATE_TEXT[state];
    return number({ title, description }, { expr: `count(${inState(state)})`, legend: title }, 'none', steps);
  });
  const dashboard = withChain(
    frame({
      uid: 'warmspare-overview',
      title: 'Warmspare: would the fallbacks work?',
      description: 'Every fallback, cache and heuristic behind an LLM call, and whether it would take over now.',
      from: 'now-24h',
    }),
  );
  dashboard
    .withPanel(
      number(
        { title: 'Exhausted runs', description: 'In the time range: every target failed, the user got no answer.' },
        { expr: `sum(${added(chosen(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED), CHAIN)})`, legend: 'exhausted' },
        'none',
        ZERO_IS_GOOD,
      ),
    )
    .withPanel(
      number(
        {
          title: 'Unprotected runs',
          description: 'In the time range: the primary failed and no other target was tried.',
        },
        { expr: `sum(${added(chosen(METRIC_LLM_FALLBACK_CHAIN_UNPROTECTED), CHAIN)})`, legend: 'unprotected' },
        'none',
        ZERO_IS_GOOD,
      ),
    )
    .withPanel(
      number(
        { title: 'On a fallback', description: 'Chains whose newest answered run a fallback served.' },
        { expr: `count(${engaged})`, legend: 'On a fallback' },
        'none',
        WARN_ABOVE_0,
      ),
    )
    .withPanel(
      number(
        { title: 'No spare left', description: 'Of those, chains with no target below that would hold.' },
        { expr: `count((${spares} == 0) and (${engaged}))`, legend: 'No spare left' },
        'none',
        ZERO_IS_GOOD,
      ),
    );
  for (const panel of counts) dashboard.withPanel(panel);
  dashboard
    .withRow(new RowBuilder('Who runs on a fallback'))
    .withPanel(
      table(
        {
          title: 'Chains on a fallback, fewest spares first',
          description:
            'Rank of the target that served the newest answered run, and the targets below it that would hold.',
        },
        [
          { expr: `${chainNamed(engaged)}`, legend: '' },
          { expr: `${chainNamed(`${spares} and (${engaged})`)}`, legend: '' },
        ],
        {
          sortBy: 'Spares',
          descending: false,
          transformations: [
            { id: 'joinByField', options: { byField: 'row', mode: 'outer' } },
            { id: 'filterFieldsByName', options: { include: { names: ['row', 'Value #A', 'Value #B'] } } },
            {
              id: 'organize',
              options: { renameByName: { row: 'Service / chain', 'Value #A': 'Serving rank', 'Value #B': 'Spares' } },
            },
          ],
        },
      ),
    )
    .withRow(new RowBuilder('Who was never tried'))
    .withPanel(
      table(
        {
          title: 'Never exercised, longest first',
          description: 'Time since they were declared. The first run of each should be a drill, not an incident.',
        },
        [{ expr: named(`${age} and (${inState('never_exercised')})`), legend: '' }],
        {
          width: 10,
          unit: 's',
          sortBy: 'Declared for',
          transformations: [ONLY_ROW_AND_VALUE, VALUE_AS('Declared for')],
        },
      ),
    )
    .withPanel(
      table(
        {
          title: 'Age of the last success against what the policy allows',
          description: 'From 1 on the target is stale. The allowed age comes from the configuration (max_age).',
        },
        [{ expr: named(`(${age} / ${maxAge}) unless (${inState('never_exercised')})`), legend: '' }],
        {
          width: 14,
          unit: 'percentunit',
          sortBy: 'Of the allowed age',
          steps: [
            { from: null, color: 'green' },
            { from: 0.8, color: 'yellow' },
            { from: 1, color: 'red' },
          ],
          transformations: [ONLY_ROW_AND_VALUE, VALUE_AS('Of the allowed age')],
        },
      ),
    )
    .withRow(new RowBuilder('What must hold when they engage'))
    .withPanel(
      table(
        {
          title: 'Readiness: targets by assumption',
          description:
            'available: the model answers. schema: its output matches. cache: young enough. breaker: engaged in time. capacity: bears the load. Empty: does not apply.',
        },
        [{ expr: named(assumptions), legend: '' }],
        {
          height: 12,
          steps: CODES.map((state, code) => ({ from: code === 0 ? null : code, color: COLOURS[state] })),
          mappings: [
            {
              type: MappingType.ValueToText,
              options: Object.fromEntries(
                CODES.map((state, code) => [String(code), { text: state, color: COLOURS[state], index: code }]),
              ),
            },
          ],
          transformations: [
            {
              id: 'groupingToMatrix',
              options: {
                columnField: prometheusLabelName(ATTR_LLM_FALLBACK_ASSUMPTION_NAME),
                rowField: 'row',
                valueField: 'Value',
                emptyValue: 'null',
              },
            },
          ],
        },
      ),
    )
    .withPanel(
      lines(
        {
          title: 'Changes of the primary since each target last worked',
          description: 'By part of the contract. Each is one that the target may not have run under.',
        },
        [
          {
            expr: `${once(chosen(METRIC_LLM_FALLBACK_CONTRACT_DRIFT), [...ROW, ATTR_LLM_FALLBACK_CONTRACT_PART])} > 0`,
            legend: '{{llm_fallback_chain_name}} / {{llm_fallback_target_name}}: {{llm_fallback_contract_part}}',
          },
        ],
        'none',
      ),
    )
    .withPanel(
      lines(
        { title: 'Targets by state', description: 'How many were in which state.' },
        TARGET_STATES.map((state) => ({ expr: `count(${inState(state)})`, legend: STATE_TEXT[state].title })),
        'none',
        { stack: 'normal' },
      ),
    );
  return dashboard.build();
}
