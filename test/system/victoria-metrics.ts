/** Series with their values in, what a real VictoriaMetrics makes of PromQL over them out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startChild } from './child.ts';
import { eventually } from './eventually.ts';

/** Timestamps (epoch seconds) at which a series of the result has a value, by its labels as JSON. */
export type Range = ReadonlyMap<string, ReadonlySet<number>>;

export interface VictoriaMetrics {
  /** Lines of the Prometheus text format, with timestamps in ms; every series gets `world` as a label. */
  write(world: string, lines: readonly string[]): Promise<void>;
  /** The expression over the series of one world, at each step of a minute. `from`, `to`: epoch seconds. */
  range(world: string, expression: string, from: number, to: number): Promise<Range>;
  close(): Promise<void>;
}

export async function startVictoriaMetrics(): Promise<VictoriaMetrics> {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-victoria-metrics-'));
  const port = await freePort();
  const flags = [`-httpListenAddr=127.0.0.1:${port}`, '-storageDataPath=data', '-search.disableCache'];
  const child = startChild('victoria-metrics', flags, directory);
  const url = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    await child.end('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  };
  const ask = async (path: string, init?: RequestInit): Promise<string> => {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`VictoriaMetrics answered ${response.status} to ${path}: ${text}`);
    return text;
  };
  try {
    await eventually(`${url}/health answers`, async () => {
      if (child.exitCode() !== undefined) throw new Error('VictoriaMetrics ended');
      return (await fetch(`${url}/health`)).ok || undefined;
    });
  } catch (cause) {
    await close();
    throw new Error(`VictoriaMetrics did not start:\n${child.output()}`, { cause });
  }
  return {
    close,
    async write(world, lines) {
      await ask(`/api/v1/import/prometheus?extra_label=world=${world}`, { method: 'POST', body: lines.join('\n') });
      await ask('/internal/force_flush');
    },
    async range(world, expression, from, to) {
      const query = {
        query: expression,
        start: String(from),
        end: String(to),
        step: '60',
        extra_label: `world=${world}`,
      };
      const body = new URLSearchParams(query);
      const answer = JSON.parse(await ask('/api/v1/query_range', { method: 'POST', body })) as Answer;
      return new Map(
        answer.data.result.map(({ metric, values }) => [JSON.stringify(metric), new Set(values.map(([at]) => at))]),
      );
    },
  };
}

interface Answer {
  readonly data: {
    readonly result: readonly { readonly metric: object; readonly values: readonly (readonly [number, string])[] }[];
  };
}
