/** What all dashboards share: variables for data source, environment, service and chain, links to each other, the time range. */
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_SERVICE_NAME,
  METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP,
} from '@warmspare/semconv';
import { labels, select } from '../prometheus/expressions.ts';
import { SOURCE } from './panels.ts';

const TAG = 'warmspare';

export interface Frame {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** `now-24h`, as Grafana writes it. */
  readonly from: string;
}

export function frame({ uid, title, description, from }: Frame): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .refresh('1m')
    .time({ from, to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .editable()
    .link(
      new DashboardLinkBuilder('Warmspare')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(values('environment', 'Environment', ATTR_DEPLOYMENT_ENVIRONMENT_NAME, {}))
    .withVariable(
      values('service', 'Service', ATTR_SERVICE_NAME, { [ATTR_DEPLOYMENT_ENVIRONMENT_NAME]: '~$environment' }),
    );
}

/** Narrower than `frame`: for what concerns chains. */
export function withChain(dashboard: DashboardBuilder): DashboardBuilder {
  return dashboard.withVariable(
    values('chain', 'Chain', ATTR_LLM_FALLBACK_CHAIN_NAME, {
      [ATTR_DEPLOYMENT_ENVIRONMENT_NAME]: '~$environment',
      [ATTR_SERVICE_NAME]: '~$service',
    }),
  );
}

/** The values that a label has; `All` matches series without the label, too. */
function values(
  name: string,
  label: string,
  attribute: string,
  narrowed: Readonly<Record<string, string>>,
): QueryVariableBuilder {
  const series = select(METRIC_LLM_FALLBACK_DECLARATION_TIMESTAMP, narrowed);
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(SOURCE)
    .query(`label_values(${series}, ${labels([attribute])})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' });
}
