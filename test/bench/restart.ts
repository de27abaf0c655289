/** Starts the command on what an earlier process left, and says how soon a scrape is answered. Linux only. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { startCommand } from './command.ts';
import { processUsage } from './process-usage.ts';

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

export async function restart(directory: string): Promise<Restart> {
  const { admin, pid, startedAt, stop } = await startCommand(directory);
  try {
    const [response] = (await once(get(`${admin}/metrics`, { agent: false }), 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    let firstByte = Number.NaN;
    for await (const chunk of response) {
      if (chunks.push(chunk as Buffer) === 1) firstByte = performance.now() - startedAt;
    }
    const lastByte = performance.now() - startedAt;
    const { cpu, rss } = processUsage(pid);
    const text = Buffer.concat(chunks);
    const rows = text.toString('latin1').split('\nllm_fallback_time_since_last_success_seconds{').length - 1;
    return { firstByte, lastByte, rows, bytes: text.length, cpu, rss };
  } finally {
    await stop();
  }
}
