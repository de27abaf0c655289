/** The command `warmspare serve`, started as a supervisor would, in a directory that keeps its store. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { placeService, type ServicePlace } from '../system/service.ts';

const COMMAND = fileURLToPath(new URL('../../processor/bin/warmspare.js', import.meta.url));

export interface Command extends ServicePlace {
  readonly pid: number;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Resolves when it says that it is ready. */
export async function startCommand(directory: string): Promise<Command> {
  const place = await placeService(directory, '');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'serve', '--config', 'warmspare.yaml'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  await new Promise<void>((resolve, reject) => {
    let output = '';
    child.stderr.on('data', (text: Buffer) => {
      output += text;
      if (output.includes('warmspare is ready')) resolve();
    });
    child.once('exit', () => reject(new Error(`the command did not start:\n${output}`)));
  });
  return { ...place, pid: child.pid ?? -1, startedAt, stop };
}
