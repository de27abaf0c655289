/** A dashboard in, what each of its panels asks out. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

export interface PanelExpressions {
  readonly title: string;
  readonly description: string;
  readonly expressions: readonly string[];
}

/** What Grafana puts in for its variables when everything is chosen. */
const VALUES: Readonly<Record<string, string>> = {
  $environment: '.*',
  $service: '.*',
  $chain: '.*',
  $__rate_interval: '1m',
  $__range: '1h',
};

/** An expression as Grafana sends it. */
export const withVariables = (expression: string): string =>
  expression.replaceAll(/\$\w+/g, (variable) => VALUES[variable] ?? variable);

/** Rows ask nothing and are left out; what is inside of collapsed ones is not. */
export function expressionsOf(dashboard: Dashboard): readonly PanelExpressions[] {
  return panelsOf(dashboard.panels ?? []).filter(({ expressions }) => expressions.length > 0);
}

function panelsOf(panels: NonNullable<Dashboard['panels']>): PanelExpressions[] {
  return panels.flatMap((panel) => {
    const inside = 'panels' in panel && Array.isArray(panel.panels) ? panelsOf(panel.panels) : [];
    const targets = 'targets' in panel ? (panel.targets ?? []) : [];
    const description = 'description' in panel ? (panel.description ?? '') : '';
    const expressions = targets.flatMap((target) =>
      'expr' in target && typeof target.expr === 'string' ? [target.expr] : [],
    );
    return [{ title: panel.title ?? '', description, expressions }, ...inside];
  });
}
