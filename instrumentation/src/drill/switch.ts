/**
 * The switch that stops drills at once, whoever began them: `WARMSPARE_DRILLS=off`, or `file:PATH` with `on` or `off` in the file. It reads
 * the environment itself, since it must hold however the package was loaded.
 */
import { readFileSync } from 'node:fs';
import { ATTR_DEPLOYMENT_ENVIRONMENT_NAME, ATTR_SERVICE_NAME, ATTR_SERVICE_NAMESPACE } from '@warmspare/semconv';
import { reportOnce } from '../base/report.ts';
import { environmentResource } from '../evidence/resource.ts';
import type { Practice, PracticeLease } from '../types/practice.ts';

/** How old what was read of the file may be, ms. */
const READ_EVERY = 5_000;

const FILE = 'file:';

let last: { readonly path: string; readonly at: number; readonly on: boolean } | undefined;

/** What requests for drills must be signed with. */
export function drillKey(): string | undefined {
  return process.env.WARMSPARE_DRILL_KEY;
}

/** What the JSON file of `WARMSPARE_PRACTICE` says. Throws where it cannot be read. */
export function practiceFromEnvironment(): Practice | undefined {
  const path = process.env.WARMSPARE_PRACTICE;
  return path === undefined || path === '' ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as Practice);
}

/** Whom to ask before a practice run: the processor at `WARMSPARE_ADMIN`, in the name that the app has in `OTEL_*`. */
export function leaseFromEnvironment(): PracticeLease | undefined {
  const { WARMSPARE_ADMIN: admin, WARMSPARE_TOKEN: token } = process.env;
  if (admin === undefined || admin === '') return undefined;
  const { attributes } = environmentResource(process.env);
  const named = (name: string): string => String(attributes[name] ?? '');
  return {
    admin,
    token,
    service: named(ATTR_SERVICE_NAME) || 'unknown_service',
    namespace: named(ATTR_SERVICE_NAMESPACE),
    environment: named(ATTR_DEPLOYMENT_ENVIRONMENT_NAME),
  };
}

/** Whether drills may run. A file that cannot be read, or says something else, stops them. */
export function areDrillsOn(
  setting: string | undefined = process.env.WARMSPARE_DRILLS,
  now: number = Date.now(),
): boolean {
  const said = setting?.trim() ?? '';
  if (said === '' || said === 'on') return true;
  if (!said.startsWith(FILE)) {
    if (said !== 'off') reportOnce('WARMSPARE_DRILLS must be on, off or file:PATH; drills are off', said);
    return false;
  }
  const path = said.slice(FILE.length);
  if (last?.path === path && now - last.at < READ_EVERY && now >= last.at) return last.on;
  last = { path, at: now, on: isOn(path) };
  return last.on;
}

function isOn(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').trim() === 'on';
  } catch (error) {
    reportOnce('the file of WARMSPARE_DRILLS cannot be read; drills are off', error);
    return false;
  }
}
