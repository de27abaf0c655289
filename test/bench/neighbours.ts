/**
 * Prints what the service uses of a CPU, durable commit on, beside other programs that take OTLP/HTTP: the OpenTelemetry Collector with its
 * spanmetrics connector, and Rotel, which decodes and throws away. All get the same bytes from the same client, raw and with gzip.
 * `--batches=N`, `--rounds=N`. Where a program is not there, says how to get it.
 */

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort, startChild } from '../system/child.ts';
import { eventually } from '../system/eventually.ts';
import { drive, type EncodingName, type Measured, measure } from './load.ts';
import { processUsage } from './process-usage.ts';
import { type BatchTemplate, makeTraffic, SPANS_PER_BATCH, TRAFFICS, type Traffic } from './traffic.ts';

interface Neighbour {
  readonly name: string;
  readonly program: string;
  /** Makes the program, run from the root of the repository. */
  readonly install: string;
  parameters(port: number, otherPort: number): readonly string[];
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const NEIGHBOURS: readonly Neighbour[] = [
  {
    name: 'collector',
    program: `${FOLDER}.collector/otelcol-spanmetrics`,
    install: 'bash test/bench/collector-build.sh',
    parameters: () => ['--config=collector.yaml'],
  },
  {
    name: 'rotel',
    program: `${FOLDER}.rotel/rotel/rotel-agent`,
    install: 'bash test/bench/rotel-install.sh',
    parameters: (port, otherPort) => [
      'start',
      '--exporter=blackhole',
      `--otlp-http-endpoint=127.0.0.1:${port}`,
      `--otlp-grpc-endpoint=127.0.0.1:${otherPort}`,
    ],
  },
];
const BESIDE_ENCODINGS: readonly EncodingName[] = ['raw', 'gzip'];

const { values } = parseArgs({
  options: { batches: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '3' } },
});
const present = NEIGHBOURS.filter(({ program }) => existsSync(program));
for (const { name, install } of NEIGHBOURS.filter((each) => !present.includes(each)))
  console.log(`\nnot compared with ${name}, which is not here. Get it with: ${install}`);
if (present.length > 0) {
  for (const traffic of Object.keys(TRAFFICS) as Traffic[]) {
    const templates = makeTraffic(traffic, Date.now());
    for (const encoding of BESIDE_ENCODINGS)
      await compare(`${traffic}, ${encoding}`, templates, encoding, Number(values.batches), Number(values.rounds));
  }
}

async function compare(
  title: string,
  templates: readonly BatchTemplate[],
  encoding: EncodingName,
  batches: number,
  rounds: number,
): Promise<void> {
  const spans = batches * SPANS_PER_BATCH;
  const best = new Map<string, Measured>();
  const keep = (name: string, measured: Measured): void => {
    const known = best.get(name);
    if (known === undefined || measured.cpu < known.cpu) best.set(name, measured);
  };
  // Rounds interleave, so that a busy moment of the machine meets all alike; the least of CPU is the least disturbed.
  for (let round = 0; round < rounds; round++) {
    keep('warmspare', await measure('warmspare', templates, batches, encoding));
    for (const neighbour of present)
      keep(neighbour.name, await measureNeighbour(neighbour, templates, batches, encoding));
  }
  console.log(`\n${title}: beside others`);
  console.log(
    '| server | CPU seconds per million spans | million spans per CPU second | RSS, MiB |\n|---|---|---|---|',
  );
  for (const [name, { cpu, rss }] of best) {
    const perMillion = (cpu / spans) * 1e6;
    console.log(
      `| ${name} | ${perMillion.toFixed(2)} | ${(1 / perMillion).toFixed(2)} | ${(rss / 2 ** 20).toFixed(0)} |`,
    );
  }
  const ours = best.get('warmspare')?.cpu ?? Number.NaN;
  for (const [name, { cpu }] of best)
    if (name !== 'warmspare') console.log(`${name} / warmspare: ${(cpu / ours).toFixed(2)}`);
}

async function measureNeighbour(
  { name, program, parameters }: Neighbour,
  templates: readonly BatchTemplate[],
  batches: number,
  encoding: EncodingName,
): Promise<Measured> {
  const port = await freePort();
  const child = startChild(program, parameters(port, await freePort()), FOLDER, { BENCH_PORT: String(port) });
  try {
    await eventually(`${name} listens`, async () => {
      if (child.exitCode() !== undefined) throw new Error(child.output());
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      return true;
    });
    const usage = async () => ({ ...processUsage(child.pid), accepted: 0, ignored: 0, commits: 0 });
    return await drive({ port, usage }, templates, batches, encoding);
  } finally {
    await child.end('SIGKILL');
  }
}
