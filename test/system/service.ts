/** A configuration in, the built service running on ports of its own out: `warmspare serve`, as a user starts it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, freePort, startChild } from './child.ts';
import { eventually } from './eventually.ts';

const PROGRAM = fileURLToPath(new URL('../../processor/bin/warmspare.js', import.meta.url));

export interface ServicePlace {
  /** Where its files are; the store survives what runs in it. */
  readonly directory: string;
  readonly otlp: string;
  /** Host and port. */
  readonly grpc: string;
  readonly admin: string;
  readonly adminPort: number;
}

export interface Service extends ServicePlace {
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  output(): string;
}

/** Writes a configuration with free ports into the directory; `chains` is YAML to go below it, `store` YAML on one line. */
export async function placeService(
  directory: string,
  chains: string,
  store = '{ sqlite: { path: warmspare.db } }',
): Promise<ServicePlace> {
  const [http, grpc, adminPort] = [await freePort(), await freePort(), await freePort()];
  const config = `receivers:
  otlp:
    protocols:
      http: { endpoint: 127.0.0.1:${http} }
      grpc: { endpoint: 127.0.0.1:${grpc} }
admin: { endpoint: 127.0.0.1:${adminPort} }
store: ${store}
${chains}`;
  await writeFile(join(directory, 'warmspare.yaml'), config);
  return {
    directory,
    otlp: `http://127.0.0.1:${http}`,
    grpc: `127.0.0.1:${grpc}`,
    admin: `http://127.0.0.1:${adminPort}`,
    adminPort,
  };
}

export interface Surroundings {
  /** Options of Node.js before the program. */
  readonly node?: readonly string[];
  /** No file may grow beyond so many KiB. */
  readonly largestFile?: number;
  /** It may not be ready: it is enough that it answers. */
  readonly answers?: boolean;
}

/** Resolves when the service says that it is ready. */
export async function startService(place: ServicePlace, surroundings: Surroundings = {}): Promise<Service> {
  const { node = [], largestFile, answers = false } = surroundings;
  const parameters = [...node, PROGRAM, 'serve', '--config', 'warmspare.yaml'];
  const child: Child =
    largestFile === undefined
      ? startChild(process.execPath, parameters, place.directory)
      : startChild(
          'bash',
          ['-c', `ulimit -f ${largestFile}; exec "$@"`, 'bash', process.execPath, ...parameters],
          place.directory,
        );
  try {
    await eventually(`${place.admin}/readyz answers`, async () => {
      if (child.exitCode() !== undefined) return false;
      const { ok } = await fetch(`${place.admin}/readyz`);
      return ok || answers || undefined;
    });
    if (child.exitCode() !== undefined) throw new Error(`the service ended with exit code ${child.exitCode()}`);
  } catch (cause) {
    await child.end('SIGKILL');
    throw new Error(`the service did not start:\n${child.output()}`, { cause });
  }
  return { ...place, stop: () => child.end('SIGTERM'), kill: () => child.end('SIGKILL'), output: child.output };
}
