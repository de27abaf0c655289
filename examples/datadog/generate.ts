/** Writes the dashboard and the monitors as Datadog's API takes them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { ObjectSerializer } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/ObjectSerializer.js';
import { dashboard } from './dashboard.ts';
import { DEFAULTS, monitors } from './monitors.ts';

/** The text of each file. */
export const FILES: Readonly<Record<string, () => string>> = {
  'dashboard.json': () => text(ObjectSerializer.serialize(dashboard(), 'Dashboard', '')),
  'monitors.json': () => text(ObjectSerializer.serialize(monitors(DEFAULTS), 'Array<Monitor>', '')),
};

/** A file as it is committed. */
export function committed(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

function text(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) {
  for (const [name, write] of Object.entries(FILES)) writeFileSync(new URL(name, import.meta.url), write());
}
