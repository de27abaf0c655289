import { describe, expect, it } from 'vitest';
import { createPipeline } from '../../processor/src/pipeline.ts';
import { createProtobufReader } from '../../processor/src/receive/protobuf.ts';
import { createMemoryStore } from '../../processor/src/store/memory.ts';
import type { Batch, Pipeline } from '../../processor/src/types/pipeline.ts';
import { createFullDecoder } from './full-decode.ts';
import { decodeFully } from './reference.ts';
import { makeTraffic, renew, SPANS_PER_BATCH, TRAFFICS, type Traffic } from './traffic.ts';

const NOW = 1_790_000_000_000;
const POLICY = {
  maxAge: 86_400,
  maxCacheAge: undefined,
  maxFailover: 10,
  counts: ['organic'],
  sampling: 'unknown',
  retireAfter: 604_800,
} as const;

async function pointsOf(
  traffic: Traffic,
  fill: (pipeline: Pipeline) => (body: Uint8Array, batch: Batch) => void,
): Promise<unknown[]> {
  const pipeline = await createPipeline({
    policies: { defaults: POLICY, chains: [] },
    store: await createMemoryStore(),
    now: () => NOW,
  });
  const read = fill(pipeline);
  for (const [sequence, template] of makeTraffic(traffic, NOW).slice(0, 2).entries()) {
    const batch = pipeline.batch(NOW);
    read(renew(template, sequence), batch);
    await batch.commit();
  }
  const points = [...pipeline.metrics(pipeline.snapshot(NOW + 1000))];
  await pipeline.close();
  return points;
}

describe.each(Object.keys(TRAFFICS) as Traffic[])('the benchmark on %s traffic', (traffic) => {
  it('sends spans of 20 attributes and about 800 bytes', () => {
    for (const { bytes, ids } of makeTraffic(traffic, NOW)) {
      expect(ids).toHaveLength(SPANS_PER_BATCH);
      expect(bytes.length / SPANS_PER_BATCH).toBeGreaterThan(750);
      expect(bytes.length / SPANS_PER_BATCH).toBeLessThan(950);
      const spans = decodeFully(bytes).resourceSpans?.[0]?.scopeSpans?.[0]?.spans ?? [];
      for (const span of spans) expect(span.attributes).toHaveLength(20);
    }
  });

  it('makes the same metrics of what either reader reads', async () => {
    const ours = await pointsOf(traffic, (pipeline) => {
      const reader = createProtobufReader(pipeline.keys);
      return (body, batch) => void reader.read(body, (span) => batch.add(span));
    });
    const full = await pointsOf(traffic, (pipeline) => createFullDecoder(pipeline.keys));
    expect(ours.length).toBeGreaterThan(100);
    expect(ours).toEqual(full);
  });
});
