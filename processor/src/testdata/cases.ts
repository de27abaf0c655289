/** OTLP files of test/fixtures/cases go through the receivers' readers into a world, as if their spans had ended just now. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parseConfig } from '../config/config.ts';
import { createJsonReader } from '../receive/json.ts';
import { createProtobufReader } from '../receive/protobuf.ts';
import type { SpanReader } from '../receive/span-reader.ts';
import type { Pipeline } from '../types/pipeline.ts';
import type { Policies } from '../types/policy.ts';
import type { ServiceIdentity, Span } from '../types/span.ts';
import { NO_CHAINS, SHOP, start, T0, type World } from './world.ts';

const ROOT = fileURLToPath(new URL('../../../test/fixtures/cases/', import.meta.url));

/** How long before the world's now the newest span ends, in ms. */
const JUST_BEFORE = 1_000;

export interface ReplayOptions {
  /** A file of test/fixtures/cases, such as `config/words.yaml`. */
  readonly config?: string;
  /** Epoch ms; the world's now. Defaults to the world's own now, or T0. */
  readonly now?: number;
  /** Epoch ms at which the newest span of the files ends; just before now unless said. */
  readonly endsAt?: number;
  /** The service name of every span, whatever the files say: ids and services repeat between files. Defaults to the world's `shop`. */
  readonly service?: string;
  /** Sends to this world, which has its chains already, instead of starting one. */
  readonly into?: World;
  /** Puts the spans of all files into batches; each file is one unless said. */
  readonly arrange?: (spans: readonly Span[]) => readonly (readonly Span[])[];
}

/**
 * Sends each file as one batch, in the order given. The times of all files are shifted by the same amount. The caller settles
 * the traces with `world.rest()`. Throws what the reader throws (MalformedRequest) before it sends anything.
 */
export async function replay(files: readonly string[], options: ReplayOptions = {}): Promise<World> {
  const { config, into, arrange } = options;
  const now = options.now ?? into?.now ?? T0;
  const world = into ?? (await start({ now, policies: config === undefined ? NO_CHAINS : policiesOf(config) }));
  world.now = now;
  const service: ServiceIdentity = { ...SHOP, name: options.service ?? SHOP.name };
  const batches = files.map((file) => spansOf(file, world.pipeline));
  const newest = Math.max(...batches.flat().map(({ endTime }) => endTime));
  const shift = (options.endsAt ?? now - JUST_BEFORE) - newest;
  for (const spans of arrange?.(batches.flat()) ?? batches) {
    const batch = world.pipeline.batch(now);
    for (const each of spans) batch.add({ ...each, service, ...shifted(each, shift) });
    await batch.commit();
  }
  return world;
}

/** The chains of a file of test/fixtures/cases/config. */
export function policiesOf(file: string): Policies {
  const { config, problems } = parseConfig(readFileSync(ROOT + file, 'utf8'), {});
  if (!config) throw new Error(`${file}: ${JSON.stringify(problems)}`);
  return config.policies;
}

/** The spans of a file, whose values have the slots of this pipeline. Throws what the reader throws. */
export function spansOf(file: string, { keys }: Pipeline): Span[] {
  const bytes = readFileSync(ROOT + file);
  const body = file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  return spansIn(body, basename(file).endsWith('.json') ? createJsonReader(keys) : createProtobufReader(keys));
}

/** The spans of a body, each a copy. Throws what the reader throws. */
export function spansIn(body: Uint8Array | string, reader: SpanReader): Span[] {
  const spans: Span[] = [];
  // Readers fill one object again and again, so each span is copied. A missing time stays missing.
  reader.read(Buffer.from(body), (span) => {
    span.readDetails?.();
    spans.push({
      service: span.service,
      ids: span.ids.slice(),
      parent: span.parent.slice(),
      exceptionType: span.exceptionType,
      isBare: span.isBare ?? false,
      hasInvalidId: span.hasInvalidId ?? false,
      unsampled: span.unsampled,
      name: span.name,
      startTime: span.startTime,
      endTime: span.endTime,
      kind: span.kind ?? 0,
      statusCode: span.statusCode,
      statusMessage: span.statusMessage ?? '',
      values: [...span.values],
      resource: [...span.resource],
    });
  });
  return spans;
}

function shifted({ startTime, endTime }: Span, by: number): Pick<Span, 'startTime' | 'endTime'> {
  return { startTime: startTime > 0 ? startTime + by : 0, endTime: endTime > 0 ? endTime + by : 0 };
}
