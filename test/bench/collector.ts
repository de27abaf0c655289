/**
 * Prints what the service uses of a CPU, durable commit on, beside the OpenTelemetry Collector with its spanmetrics connector: the
 * same bytes from the same client. `--batches=N`, `--rounds=N`. Where the Collector is not built, says how to build it.
 */

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort, startChild } from '../system/child.ts';
import { eventually } from '../system/eventually.ts';
import { drive, type Measured, measure } from './load.ts';
import { processUsage } from './process-usage.ts';
import { type BatchTemplate, makeTraffic, SPANS_PER_BATCH, TRAFFICS, type Traffic } from './traffic.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const PROGRAM = `${FOLDER}.collector/otelcol-spanmetrics`;

const { values } = parseArgs({
  options: { batches: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '3' } },
});
if (existsSync(PROGRAM)) await compare(Number(values.batches), Number(values.rounds));
else console.log('\nnot compared with the OpenTelemetry Collector. Build it with: bash test/bench/collector-build.sh');

async function compare(batches: number, rounds: number): Promise<void> {
  const spans = batches * SPANS_PER_BATCH;
  for (const traffic of Object.keys(TRAFFICS) as Traffic[]) {
    const templates = makeTraffic(traffic, Date.now());
    const best: { warmspare?: Measured; collector?: Measured } = {};
    // Rounds interleave, so that a busy moment of the machine meets both alike; the least of CPU is the least disturbed.
    for (let round = 0; round < rounds; round++) {
      best.warmspare = lesser(best.warmspare, await measure('warmspare', templates, batches));
      best.collector = lesser(best.collector, await measureCollector(templates, batches));
    }
    const { warmspare, collector } = best;
    if (warmspare === undefined || collector === undefined) throw new Error('--rounds is at least 1');
    console.log(`\n${traffic}: beside the OpenTelemetry Collector`);
    console.log(
      '| server | CPU seconds per million spans | million spans per CPU second | RSS, MiB |\n|---|---|---|---|',
    );
    for (const [name, { cpu, rss }] of Object.entries({ warmspare, collector })) {
      const perMillion = (cpu / spans) * 1e6;
      console.log(
        `| ${name} | ${perMillion.toFixed(2)} | ${(1 / perMillion).toFixed(2)} | ${(rss / 2 ** 20).toFixed(0)} |`,
      );
    }
    console.log(`collector / warmspare: ${(collector.cpu / warmspare.cpu).toFixed(2)}`);
  }
}

function lesser(known: Measured | undefined, now: Measured): Measured {
  return known === undefined || now.cpu < known.cpu ? now : known;
}

async function measureCollector(templates: readonly BatchTemplate[], batches: number): Promise<Measured> {
  const port = await freePort();
  const child = startChild(PROGRAM, ['--config=collector.yaml'], FOLDER, { BENCH_PORT: String(port) });
  try {
    await eventually('the Collector listens', async () => {
      if (child.exitCode() !== undefined) throw new Error(child.output());
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      return true;
    });
    return await drive(
      { port, usage: () => Promise.resolve({ ...processUsage(child.pid), accepted: 0, ignored: 0, commits: 0 }) },
      templates,
      batches,
    );
  } finally {
    await child.end('SIGKILL');
  }
}
