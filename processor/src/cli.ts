/** The entry of the command `warmspare`: the only file of the service that touches the process, its arguments, environment and signals. */
import { readFileSync } from 'node:fs';
import type { Io, Output } from './cli/io.ts';
import { run } from './cli/run.ts';

const output = (stream: NodeJS.WriteStream): Output => ({
  write: (text) => {
    stream.write(text);
  },
  isTTY: stream.isTTY === true,
  columns: stream.isTTY === true ? stream.columns : undefined,
});

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

const io: Io = {
  env: process.env,
  version: manifest.version,
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  now: Date.now,
  fetch: globalThis.fetch,
  untilStopped: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
    }),
  onReload: (reload) => {
    process.on('SIGHUP', reload);
  },
};

// A reader that went away, as in `warmspare status | head`, is no failure, and a service outlives the reader of its log.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  process.exitCode = await run(process.argv.slice(2), io);
  // The command is over; an export that was given up must not keep the process.
  setTimeout(() => process.exit(), 500).unref();
} catch (error) {
  process.stderr.write(`warmspare: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 70;
}
