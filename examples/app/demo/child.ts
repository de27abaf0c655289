/** Runs one Node.js program as a child process: waits until it says that it is ready, keeps the end of its log, and stops it for sure. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Child<Ready> {
  readonly ready: Ready;
  stop(): Promise<void>;
}

export interface ChildOptions<Ready> {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Reads a line of either output stream; a value means that the program is ready. */
  readonly readyWhen: (line: string) => Ready | undefined;
}

/** Milliseconds: more than any start on a slow machine takes, and than any stop. */
const START_WITHIN = 30_000;
const STOP_WITHIN = 5_000;

/** Even a demo that is killed takes its children along: they see the channel to it close. Their worker threads have none. */
const GUARD = `data:text/javascript,${encodeURIComponent(
  "process.once('disconnect', () => process.kill(process.pid, 'SIGTERM')); process.channel?.unref();",
)}`;

const running = new Set<ChildProcess>();
// The last resort, when the demo itself fails: no process outlives it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Rejects with the end of the program's log where it ends before it is ready. */
export function startChild<Ready>({ name, args, env, readyWhen }: ChildOptions<Ready>): Promise<Child<Ready>> {
  const child = spawn(process.execPath, ['--import', GUARD, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    if (!running.has(child)) return;
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN);
    await ended;
    clearTimeout(impatience);
  };

  return new Promise((resolve, reject) => {
    const log: string[] = [];
    const fail = (what: string): void => {
      clearTimeout(patience);
      reject(new Error(`${name} ${what}\n${log.join('\n')}`));
    };
    const patience = setTimeout(() => {
      fail('did not start');
      void stop();
    }, START_WITHIN);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', (code) => fail(`ended with exit code ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        log.push(line);
        if (log.length > 30) log.shift();
        const ready = readyWhen(line);
        if (ready === undefined) return;
        clearTimeout(patience);
        resolve({ ready, stop });
      });
    }
  });
}

/** Runs a program to its end and gives what it wrote to stdout, whatever its exit code. */
export async function outputOf(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  running.delete(child);
  return output;
}
