/** Floods the command with a million distinct target names, and says how much memory it took and how soon a restart answers a scrape. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
} from '@warmspare/semconv';
import { startCommand } from './command.ts';
import { send } from './load.ts';
import { processUsage } from './process-usage.ts';
import { RequestType } from './reference.ts';
import { type Restart, restart } from './restart.ts';

const NAMES = 1_000_000;
const SPANS = 1000;
const RESTARTS = 5;
const PREFIX = 'target-';

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
const spans = Array.from({ length: SPANS }, (_, index) => ({
  traceId: Buffer.alloc(16, 1),
  spanId: Buffer.from(String(index).padStart(8, '0')),
  name: 'chat',
  startTimeUnixNano: String(BigInt(Date.now() - 1000) * 1_000_000n),
  endTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
  attributes: [
    text(ATTR_LLM_FALLBACK_CHAIN_NAME, 'summarize-ticket'),
    text(ATTR_LLM_FALLBACK_TARGET_NAME, `${PREFIX}00000000`),
    text(ATTR_LLM_FALLBACK_ROUTE_TYPE, 'fallback'),
    text(ATTR_LLM_FALLBACK_CALL_OUTCOME, 'success'),
  ],
}));
const request = {
  resourceSpans: [{ resource: { attributes: [text('service.name', 'flood')] }, scopeSpans: [{ spans }] }],
};
const body = Buffer.from(RequestType.encode(RequestType.fromObject(request)).finish());
const places = placesAfter(Buffer.from(PREFIX));
/** Field 2 of a span, eight bytes, after a trace id of sixteen ones. */
const ids = placesAfter(Buffer.from([...Buffer.alloc(16, 1), 0x12, 8]));

function placesAfter(mark: Buffer): number[] {
  const found: number[] = [];
  for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at + 1)) found.push(at + mark.length);
  return found;
}

/** Takes the batches of names one after the other. */
export async function flood(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'warmspare-flood-'));
  const lines: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const flooded = await startCommand(folder);
  const port = Number(new URL(flooded.otlp).port);
  let highest = 0;
  for (let name = 0; name < NAMES; ) {
    for (const [index, at] of places.entries()) {
      const digits = String(name++).padStart(8, '0');
      body.write(digits, at, 'latin1');
      // A span id of its own, or all after the first batch would be duplicates.
      body.write(digits, ids[index] ?? 0, 'latin1');
    }
    await send(port, agent, body);
    if (name % 50_000 === 0) highest = Math.max(highest, processUsage(flooded.pid).rss);
  }
  lines.push(`highest RSS under a flood of ${NAMES} distinct target names: ${(highest / 1024 / 1024).toFixed(0)} MiB`);
  await flooded.stop();

  const restarts: Restart[] = [];
  for (let times = 0; times < RESTARTS; times++) restarts.push(await restart(folder));
  const medianOf = (part: keyof Restart): number =>
    restarts.map((each) => each[part]).toSorted((one, other) => one - other)[Math.floor(RESTARTS / 2)] ?? Number.NaN;
  lines.push(
    `restarted with ${medianOf('rows')} rows, median of ${RESTARTS}: first scrape, ${(medianOf('bytes') / 1e6).toFixed(0)} MB, from ` +
      `${medianOf('firstByte').toFixed(0)} to ${medianOf('lastByte').toFixed(0)} ms after the process began, ` +
      `${medianOf('cpu').toFixed(2)} CPU seconds; RSS ${(medianOf('rss') / 2 ** 20).toFixed(0)} MiB`,
  );
  agent.destroy();
  rmSync(folder, { recursive: true });
  return lines;
}
