/** Mixed traffic at a steady rate: fails where the command's memory still grows after three minutes. `--minutes=N`. Linux only. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { otlpBody } from '../system/otlp-body.ts';
import { startCommand } from './command.ts';
import { send } from './load.ts';
import { processUsage } from './process-usage.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '15' } } });
const minutes = Number(values.minutes);
/** Until then caches and windows fill. */
const WARM = 3;
const PER_SECOND = 20;
const SPANS = 50;
/** Of the median after the warm minutes. */
const MAX_GROWTH = 1.1;

const folder = mkdtempSync(join(tmpdir(), 'warmspare-soak-'));
const { otlp, admin, pid, stop } = await startCommand(folder);
const port = Number(new URL(otlp).port);
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
const byMinute: number[] = [];
let nextId = 1;
console.log(`${PER_SECOND * SPANS} spans a second for ${minutes} minutes`);
for (let minute = 1; minute <= minutes; minute++) {
  const samples: number[] = [];
  for (let second = 0; second < 60; second++) {
    const due = performance.now() + 1000;
    for (let count = 0; count < PER_SECOND; count++) {
      const spans = Array.from({ length: SPANS }, () => {
        const id = nextId++;
        const outcome = id % 7 === 0 ? 'error' : 'success';
        return { id, chain: `chain-${id % 40}`, rank: id % 3 === 0 ? 1 : 0, outcome, endTime: Date.now() } as const;
      });
      await send(port, agent, Buffer.from(otlpBody(`service-${count % 5}`, spans)));
    }
    if (second % 15 === 0) await (await fetch(`${admin}/metrics`)).arrayBuffer();
    samples.push(processUsage(pid).rss);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  const median = samples.sort((a, b) => a - b)[30] ?? 0;
  byMinute.push(median);
  console.log(`minute ${minute}: ${(median / 1024 / 1024).toFixed(0)} MiB`);
}
agent.destroy();
await stop();
rmSync(folder, { recursive: true });
const [first = 0, ...rest] = byMinute.slice(WARM);
const growth = (rest.at(-1) ?? first) / first;
if (minutes > WARM + 1) console.log(`last minute / minute ${WARM + 1}: ${growth.toFixed(2)}`);
if (growth > MAX_GROWTH) process.exitCode = 1;
