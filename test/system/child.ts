/** A program to run in, a running process and what it said out. Always ends what it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface Child {
  readonly pid: number;
  /** Everything it wrote so far. */
  output(): string;
  /** Undefined while it runs. */
  exitCode(): number | undefined;
  /** Resolves when it is gone. */
  readonly ended: Promise<unknown>;
  /** Sends the signal and resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** `env` is added to this process's own environment; `user` is who it runs as, this process's own where left out. */
export function startChild(
  program: string,
  parameters: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  user: { readonly uid: number; readonly gid: number } | undefined = undefined,
): Child {
  const child: ChildProcess = spawn(program, parameters, {
    cwd,
    env: { ...process.env, ...env },
    ...user,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(child, 'close');
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    // Without one it could not be started, which `ended` tells.
    pid: child.pid ?? -1,
    ended,
    output: () => Buffer.concat(chunks).toString(),
    exitCode: () => (isGone() ? (child.exitCode ?? -1) : undefined),
    async end(signal) {
      if (!isGone()) child.kill(signal);
      await ended;
    },
  };
}

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
