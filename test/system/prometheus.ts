/** A port to scrape in, a real Prometheus that scrapes it every second out, with its query API. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startChild } from './child.ts';
import { eventually } from './eventually.ts';

/** One sample of an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  readonly url: string;
  /** The result of an instant query, now. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Asks until the query has a result that `accept` takes. */
  until(expression: string, accept?: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]>;
  close(): Promise<void>;
}

/** What is not as Debian has it. */
export interface PrometheusOptions {
  /** The program to start, by name or path. */
  readonly program?: string;
  /** Further parameters of the command line. */
  readonly flags?: readonly string[];
  /** Where it is to listen. */
  readonly port?: number;
}

/** `more` is YAML to go below the scrape configuration, such as `rule_files:`. */
export async function startPrometheus(
  targetPort: number,
  more = '',
  options: PrometheusOptions = {},
): Promise<Prometheus> {
  const { program = 'prometheus', flags = [] } = options;
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-prometheus-'));
  const port = options.port ?? (await freePort());
  await writeFile(
    join(directory, 'prometheus.yml'),
    `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
scrape_configs:
  - job_name: warmspare
    static_configs: [{ targets: ['127.0.0.1:${targetPort}'] }]
${more}`,
  );
  const child = startChild(
    program,
    ['--config.file=prometheus.yml', `--web.listen-address=127.0.0.1:${port}`, '--storage.tsdb.path=data', ...flags],
    directory,
  );
  const url = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    await child.end('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  };

  const query = async (expression: string): Promise<readonly Sample[]> => {
    const response = await fetch(`${url}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expression }),
    });
    const body: unknown = await response.json();
    if (!isAnswer(body)) throw new Error(`Prometheus answered ${JSON.stringify(body)} to ${expression}`);
    return body.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };
  const until: Prometheus['until'] = async (expression, accept = (samples) => samples.length > 0) => {
    let last: readonly Sample[] = [];
    try {
      return await eventually(expression, async () => {
        last = await query(expression);
        return accept(last) ? last : undefined;
      });
    } catch (cause) {
      throw new Error(`${expression} gave ${JSON.stringify(last)}`, { cause });
    }
  };

  try {
    await eventually(`${url}/-/ready answers`, async () => {
      if (child.exitCode() !== undefined) throw new Error('Prometheus ended');
      return (await fetch(`${url}/-/ready`)).ok || undefined;
    });
  } catch (cause) {
    await close();
    throw new Error(`Prometheus did not start:\n${child.output()}`, { cause });
  }
  return { url, query, until, close };
}

interface Answer {
  readonly data: {
    readonly result: readonly { readonly metric: Sample['labels']; readonly value: readonly [number, string] }[];
  };
}

function isAnswer(body: unknown): body is Answer {
  return typeof body === 'object' && body !== null && 'status' in body && body.status === 'success';
}
