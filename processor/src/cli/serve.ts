/** `warmspare serve`: runs the service until it is asked to stop. */

import { createLog, type Log } from '../base/log.ts';
import { shownText } from '../base/shown-text.ts';
import { type Config, defaultConfig } from '../config/config.ts';
import { type Service, startService } from '../service/service.ts';
import { StartError } from '../service/start-error.ts';
import type { Options } from './command-line.ts';
import { keepHeapSmall, keepNurserySmall } from './heap.ts';
import type { ExitCode, Io, Output } from './io.ts';
import { readConfig } from './read-config.ts';

/** What a supervisor restarts on, as it does not on 2: `Restart=on-failure` with `RestartPreventExitStatus=2`. */
const EX_SOFTWARE: ExitCode = 70;

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** 0 stopped as asked, 2 could not start, 70 could not go on. */
export async function serve(options: Options, io: Io): Promise<ExitCode> {
  const file = typeof options.config === 'string' ? options.config : undefined;
  const read =
    file === undefined
      ? { config: defaultConfig(io.env), redact: (message: string) => message }
      : await readConfig(file, io.env);
  if (read.config === undefined) {
    for (const problem of read.problems) io.stderr.write(`${problem}\n`);
    io.stderr.write('warmspare: not started, because of the configuration.\n');
    return 2;
  }
  const { config } = read;
  const wanted = (io.env.LOG_LEVEL ?? 'info').toLowerCase();
  const log = createLog(io.stderr.isTTY ? forPeople(io.stderr) : io.stderr, LEVELS.includes(wanted) ? wanted : 'info');
  // Asked for before anything starts, so that a signal that comes early is not lost.
  const stopped = io.untilStopped();
  let reloads: () => void = () => log.info('nothing to reload yet');
  io.onReload(() => reloads());
  const service = await start(config, log, io, read.redact, stopped);
  if (service === undefined) return 2;
  keepHeapSmall();

  greet(io, service, config, file);
  // A person has read it in the greeting.
  if (!io.stderr.isTTY) {
    log.info({ version: io.version, store: storeName(config), addresses: service.addresses }, 'warmspare is ready');
  }
  // One after the other, so that the last file that was written wins.
  let last: Promise<void> = Promise.resolve();
  reloads = () => {
    if (file === undefined) log.info('nothing to reload: started without a configuration file');
    else last = last.then(() => reload(service, file, io, log));
  };

  const broken = service.broken.then((reason) => {
    log.fatal({ reason }, 'the store is gone for good, and a new process may open it: ending');
    return EX_SOFTWARE;
  });
  const asked = stopped.then((signal): ExitCode => {
    log.info({ signal }, 'stopping: answering what is under way');
    return 0;
  });
  const code = await Promise.race([broken, asked]);
  await service.close();
  log.info('stopped');
  return code;
}

async function start(
  config: Config,
  log: Log,
  io: Io,
  redact: (text: string) => string,
  stopped: Promise<unknown>,
): Promise<Service | undefined> {
  try {
    return await startService({ config, version: io.version, now: io.now, log, stopped, beforeLoad: keepNurserySmall });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    io.stderr.write(`warmspare: ${redact(error.message)}\n`);
    return undefined;
  }
}

/** A configuration with any problem changes nothing. */
async function reload(service: Service, file: string, io: Io, log: Log): Promise<void> {
  try {
    const { config, problems } = await readConfig(file, io.env);
    if (config === undefined) {
      log.error({ problems }, 'configuration not reloaded, the old one stays');
      return;
    }
    const needRestart = await service.reload(config);
    log.info({ chains: config.policies.chains.length }, 'configuration reloaded');
    if (needRestart.length > 0) log.warn({ keys: needRestart }, 'these changes take effect after a restart only');
  } catch (error) {
    log.error({ err: error }, 'configuration not reloaded');
  }
}

/** Anything else is escaped: a terminal obeys control characters. */
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Lines of JSON go in, lines that a person reads go out: `12:00:01 warn  the store cannot write (reason: disk full)`. */
function forPeople(output: Output): { write(line: string): void } {
  return {
    write(line) {
      const { time, level, message, ...more } = JSON.parse(line) as Readonly<Record<string, unknown>>;
      const told = Object.entries(more).map(
        ([key, value]) =>
          `${key}: ${typeof value === 'string' && PRINTABLE.test(value) ? value : JSON.stringify(value)}`,
      );
      const after = told.length === 0 ? '' : ` (${told.join(', ')})`;
      output.write(
        `${shownText(`${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(message)}${after}`)}\n`,
      );
    },
  };
}

/** A person at a terminal is told what to do next before the log begins. */
function greet({ stderr, version }: Io, { addresses }: Service, config: Config, file: string | undefined): void {
  if (!stderr.isTTY) return;
  const urlOf = (what: string): string => addresses.find((address) => address.what === what)?.url ?? '';
  const otlp = urlOf('OTLP/HTTP') || urlOf('OTLP/gRPC');
  const chains = config.policies.chains.length;
  stderr.write(
    `${[
      `Warmspare ${version} is ready.`,
      `  status page     ${urlOf('admin')}/`,
      `  send spans to   ${otlp}      export OTEL_EXPORTER_OTLP_ENDPOINT=${otlp}`,
      file === undefined
        ? `  evidence        ${storeName(config)}; no configuration, chains are learnt from spans`
        : `  evidence        ${storeName(config)}; ${chains} chain${chains === 1 ? '' : 's'} in ${file}`,
      '  Ctrl-C stops.',
    ].join('\n')}\n`,
  );
}

/** The URL of a database may carry a password. */
function storeName({ store }: Config): string {
  return store.postgres ? `PostgreSQL, schema ${store.postgres.schema}` : store.path;
}
