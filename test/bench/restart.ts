/** Starts the command on a file that an earlier process left, as a supervisor would, and says how soon a scrape is answered. Linux only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { placeService } from '../system/service.ts';
import { processUsage } from './process-usage.ts';

const COMMAND = fileURLToPath(new URL('../../processor/bin/warmspare.js', import.meta.url));

export interface Restart {
  /** Milliseconds from the start of the process to the first and to the last byte of the scrape. */
  readonly firstByte: number;
  readonly lastByte: number;
  readonly rows: number;
  readonly bytes: number;
  /** Seconds until then. */
  readonly cpu: number;
  /** Bytes then. */
  readonly rss: number;
}

/** `directory` holds the store, `warmspare.db`. */
export async function restart(directory: string): Promise<Restart> {
  const { admin } = await placeService(directory, '');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'serve', '--config', 'warmspare.yaml'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  try {
    for await (const line of child.stderr) if (String(line).includes('warmspare is ready')) break;
    const [response] = (await once(get(`${admin}/metrics`, { agent: false }), 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    let firstByte = Number.NaN;
    for await (const chunk of response) {
      if (chunks.push(chunk as Buffer) === 1) firstByte = performance.now() - startedAt;
    }
    const lastByte = performance.now() - startedAt;
    const { cpu, rss } = processUsage(child.pid ?? -1);
    const text = Buffer.concat(chunks);
    const rows = text.toString('latin1').split('\nllm_fallback_time_since_last_success_seconds{').length - 1;
    return { firstByte, lastByte, rows, bytes: text.length, cpu, rss };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
