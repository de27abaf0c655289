/** The panels of the dashboards, a few forms: a number, a table, a line over time. Colour never says alone what a word does not. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  StackingConfigBuilder,
  StackingMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Columns of the grid. */
const WIDTH = 24;

/** Numbers stand side by side. */
const COLUMNS = 8;

export interface PanelText {
  readonly title: string;
  /** What it answers, and what to do. */
  readonly description: string;
}

export interface Query {
  readonly expr: string;
  /** `{{label}}` stands for a label's value. */
  readonly legend: string;
}

/** Ascending; the first holds from the least value on. */
export type Steps = readonly { readonly from: number | null; readonly color: string }[];

export const SOURCE = { type: 'prometheus', uid: '$datasource' };
/** The head of the column that names a target. */
export const TARGET_COLUMN = 'Service / chain / target';
export const NEUTRAL: Steps = [{ from: null, color: 'text' }];
/** Anything but zero is worth a look. */
export const ZERO_IS_GOOD: Steps = [
  { from: null, color: 'green' },
  { from: 1, color: 'red' },
];

export function number(text: PanelText, query: Query, unit: string, steps: Steps): Builder<Panel> {
  return new StatBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(SOURCE)
    .span(WIDTH / COLUMNS)
    .height(4)
    .unit(unit)
    .noValue('0')
    .thresholds(thresholds(steps))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .withTarget(new DataqueryBuilder().expr(query.expr).legendFormat(query.legend).instant().refId('A'));
}

export function lines(
  text: PanelText,
  queries: readonly Query[],
  unit: string,
  options: { readonly width?: number; readonly stack?: 'normal' | 'percent'; readonly steps?: Steps } = {},
): Builder<Panel> {
  const { width = WIDTH / 2, stack, steps = NEUTRAL } = options;
  const panel = new TimeSeriesBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(SOURCE)
    .span(width)
    .height(8)
    .unit(unit)
    .min(0)
    .fillOpacity(stack ? 60 : 8)
    .gradientMode(GraphGradientMode.None)
    .spanNulls(true)
    .thresholds(thresholds(steps))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    );
  if (stack) {
    const mode = stack === 'percent' ? StackingMode.Percent : StackingMode.Normal;
    panel.stacking(new StackingConfigBuilder().mode(mode).group('A'));
  }
  for (const [index, { expr, legend }] of queries.entries()) {
    panel.withTarget(new DataqueryBuilder().expr(expr).legendFormat(legend).range().refId(refId(index)));
  }
  return panel;
}

export interface TableOptions {
  readonly width?: number;
  readonly height?: number;
  readonly unit?: string;
  readonly steps?: Steps;
  readonly mappings?: readonly ValueMapping[];
  /** What happens to the frames, in Grafana's words. */
  readonly transformations?: readonly { readonly id: string; readonly options: object }[];
  readonly sortBy?: string;
  /** Default: true. */
  readonly descending?: boolean;
}

export function table(text: PanelText, queries: readonly Query[], options: TableOptions = {}): Builder<Panel> {
  const {
    width = WIDTH,
    height = 9,
    unit = 'none',
    steps = NEUTRAL,
    mappings = [],
    sortBy,
    descending = true,
  } = options;
  const panel = new TableBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(SOURCE)
    .span(width)
    .height(height)
    .unit(unit)
    .thresholds(thresholds(steps))
    .mappings([...mappings])
    .cellHeight(TableCellHeight.Sm)
    .filterable(true)
    .transformations((options.transformations ?? []).map(({ id, options: own }) => ({ id, options: own })));
  if (sortBy !== undefined) panel.sortBy([new TableSortByFieldStateBuilder().displayName(sortBy).desc(descending)]);
  for (const [index, { expr, legend }] of queries.entries()) {
    const query = new DataqueryBuilder().expr(expr).legendFormat(legend).instant().format(PromQueryFormat.Table);
    panel.withTarget(query.refId(refId(index)));
  }
  return panel;
}

function thresholds(steps: Steps): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from, color })));
}

const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);
