/** Fails the whole run, before any test, where a server that the tests need is not on this machine. Installs nothing. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const REQUIRED = [
  'prometheus',
  'promtool',
  'prometheus-alertmanager',
  'victoria-metrics',
  'chromium',
  'psql',
  'pgbouncer',
];

/** Called once by vitest. */
export function setup(): void {
  // Debian has pgbouncer where only root looks.
  const missing = missingOf(REQUIRED, `${process.env.PATH ?? ''}${delimiter}/usr/sbin`);
  if (missing.length > 0) {
    throw new Error(`not on this machine: ${missing.join(', ')}. Install them with: bash test/system/install.sh`);
  }
}

/** Those of the programs that no directory of the search path has. */
export function missingOf(programs: readonly string[], path: string): readonly string[] {
  const directories = path.split(delimiter).filter((directory) => directory !== '');
  return programs.filter((program) => !directories.some((directory) => executable(join(directory, program))));
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
