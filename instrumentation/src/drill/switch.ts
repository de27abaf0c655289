/**
 * The switch that stops drills at once, whoever began them: `WARMSPARE_DRILLS=off`, or `file:PATH` with `on` or `off` in the file. It reads
 * the environment itself, since it must hold however the package was loaded.
 */
import { readFileSync } from 'node:fs';
import { reportOnce } from '../base/report.ts';

/** How old what was read of the file may be, ms. */
const READ_EVERY = 5_000;

const FILE = 'file:';

let last: { readonly path: string; readonly at: number; readonly on: boolean } | undefined;

/** What requests for drills must be signed with. */
export function drillKey(): string | undefined {
  return process.env.WARMSPARE_DRILL_KEY;
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
