/** Writes the dashboards as Grafana imports them. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { chain } from './chain.ts';
import { overview } from './overview.ts';
import { service } from './service.ts';

export const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  'overview.json': overview,
  'chain.json': chain,
  'service.json': service,
};

/** Grafana 11's: it takes it as it is, and later ones bring it up to date when they import it. */
const SCHEMA_VERSION = 39;

/** The text of a dashboard's file. */
export function dashboardFile(build: () => Dashboard): string {
  const dashboard = build();
  const list = (dashboard.templating?.list ?? []).map((variable) => without(variable, UNKNOWN));
  const links = (dashboard.links ?? []).map((link) => without(link, UNKNOWN));
  const file = { ...dashboard, templating: { list }, links, schemaVersion: SCHEMA_VERSION };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** What the builders add that Grafana 11 does not know and later ones take for granted, or what belongs to variables of intervals. */
const UNKNOWN = ['allowCustomValue', 'placement', 'auto', 'auto_min', 'auto_count'];

const without = (values: object, keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));

/** The file as it is committed. */
export function committed(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

if (import.meta.main) {
  for (const [name, build] of Object.entries(DASHBOARDS)) {
    writeFileSync(new URL(name, import.meta.url), dashboardFile(build));
  }
}
