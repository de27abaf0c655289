/** The widgets of the dashboard, a few forms: a number, a list, a line over time. */
import type { v1 } from '@datadog/datadog-api-client';

/** One formula over named queries. */
export interface Formula {
  readonly formula: string;
  readonly queries: Readonly<Record<string, string>>;
  readonly alias?: string;
  readonly unit?: 'second' | 'fraction';
}

/** From when on a value is bad. */
export interface Bound {
  readonly comparator: '>' | '>=' | '<';
  readonly value: number;
  readonly palette: 'white_on_red' | 'white_on_yellow';
}

export const one = (query: string, alias?: string, unit?: Formula['unit']): Formula => ({
  formula: 'a',
  queries: { a: query },
  ...(alias !== undefined && { alias }),
  ...(unit !== undefined && { unit }),
});

export function number(
  title: string,
  formula: Formula,
  aggregator: 'last' | 'sum',
  bounds: readonly Bound[],
): v1.Widget {
  const request = {
    responseFormat: 'scalar' as const,
    queries: metricQueries(formula, aggregator),
    formulas: [formulaOf(formula)],
    conditionalFormats: [...bounds],
  };
  return { definition: { type: 'query_value', title, autoscale: true, precision: 0, requests: [request] } };
}

/** Highest first. */
export function list(title: string, formula: Formula, bounds: readonly Bound[]): v1.Widget {
  const request = {
    responseFormat: 'scalar' as const,
    queries: metricQueries(formula, 'last'),
    formulas: [formulaOf(formula)],
    conditionalFormats: [...bounds],
    sort: { count: 50, orderBy: [{ type: 'formula' as const, index: 0, order: 'desc' as const }] },
  };
  return { definition: { type: 'toplist', title, requests: [request] } };
}

export function lines(
  title: string,
  formulas: readonly Formula[],
  displayType: 'line' | 'bars' | 'area' = 'line',
  mark?: { readonly value: string; readonly label: string },
): v1.Widget {
  return {
    definition: {
      type: 'timeseries',
      title,
      showLegend: true,
      legendLayout: 'auto',
      ...(mark && { markers: [{ ...mark, displayType: 'error dashed' }] }),
      requests: formulas.map((formula) => ({
        responseFormat: 'timeseries' as const,
        displayType,
        queries: metricQueries(formula),
        formulas: [formulaOf(formula)],
      })),
    },
  };
}

export function group(title: string, widgets: readonly v1.Widget[]): v1.Widget {
  return { definition: { type: 'group', layoutType: 'ordered', title, widgets: [...widgets] } };
}

function formulaOf({ formula, alias, unit }: Formula): v1.WidgetFormula {
  return {
    formula,
    ...(alias !== undefined && { alias }),
    ...(unit !== undefined && { numberFormat: { unit: { type: 'canonical_unit', unitName: unit } } }),
  };
}

function metricQueries(
  { queries }: Formula,
  aggregator?: 'last' | 'sum',
): v1.FormulaAndFunctionMetricQueryDefinition[] {
  return Object.entries(queries).map(([name, query]) => ({
    dataSource: 'metrics',
    name,
    query,
    ...(aggregator !== undefined && { aggregator }),
  }));
}
