/**
 * Prints what the service uses of a CPU beside a full decode and beside a server that throws the bytes away, and what it uses for the same
 * spans compressed. `--batches=N`, `--rounds=N`.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { flood } from './flood.ts';
import { ENCODINGS, type EncodingName, type Measured, measure, type ServerKind } from './load.ts';
import { makeTraffic, SPANS_PER_BATCH, TRAFFICS, type Traffic } from './traffic.ts';

const { values } = parseArgs({
  options: { batches: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '3' } },
});
const batches = Number(values.batches);
const rounds = Number(values.rounds);
const KINDS: readonly ServerKind[] = ['floor', 'warmspare', 'without-analysis', 'full-decode'];
/** What senders do beside raw bytes; of the service only. */
const COMPRESSED = Object.keys(ENCODINGS).filter((each) => each !== 'raw') as EncodingName[];
const spans = batches * SPANS_PER_BATCH;

console.log(
  `Node ${process.versions.node}, ${cpus()[0]?.model}, ${cpus().length} CPUs; ${spans} spans a run, best of ${rounds}`,
);
for (const traffic of Object.keys(TRAFFICS) as Traffic[]) {
  const templates = makeTraffic(traffic, Date.now());
  const bytesPerSpan = Math.round((templates[0]?.bytes.length ?? 0) / SPANS_PER_BATCH);
  const best = new Map<ServerKind | EncodingName, Measured>();
  const keep = (name: ServerKind | EncodingName, measured: Measured): void => {
    const known = best.get(name);
    if (known === undefined || measured.cpu < known.cpu) best.set(name, measured);
  };
  // Rounds interleave, so that a busy moment of the machine meets all servers alike; the least of CPU is the least disturbed.
  for (let round = 0; round < rounds; round++) {
    for (const kind of KINDS) keep(kind, await measure(kind, templates, batches));
    for (const encoding of COMPRESSED) keep(encoding, await measure('warmspare', templates, batches, encoding));
  }
  const cpuOf = (kind: ServerKind | EncodingName): number => best.get(kind)?.cpu ?? Number.NaN;
  console.log(`\n${traffic} (${bytesPerSpan} bytes a span)`);
  console.log(
    '| server | CPU seconds per million spans | million spans per CPU second | RSS, MiB |\n|---|---|---|---|',
  );
  for (const kind of [...KINDS, ...COMPRESSED]) {
    const perMillion = (cpuOf(kind) / spans) * 1e6;
    const rss = (best.get(kind)?.rss ?? 0) / 1024 / 1024;
    const name = kind in ENCODINGS ? `warmspare, ${kind}` : kind;
    console.log(`| ${name} | ${perMillion.toFixed(2)} | ${(1 / perMillion).toFixed(2)} | ${rss.toFixed(0)} |`);
  }
  console.log(`full-decode / warmspare: ${(cpuOf('full-decode') / cpuOf('warmspare')).toFixed(2)}`);
  console.log(`warmspare / without-analysis: ${(cpuOf('warmspare') / cpuOf('without-analysis')).toFixed(2)}`);
  console.log(`warmspare / floor: ${(cpuOf('warmspare') / cpuOf('floor')).toFixed(2)}`);
  for (const encoding of COMPRESSED) {
    const more = ((cpuOf(encoding) - cpuOf('warmspare')) / spans) * 1e6;
    console.log(`${encoding} beside raw: ${more.toFixed(2)} µs a span more`);
  }
}

console.log('');
for (const line of await flood()) console.log(line);
