import { describe, expect, it } from 'vitest';
import { createPipeline } from '../../processor/src/commit/pipeline.ts';
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

async function seenBy(
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
  const snapshot = pipeline.snapshot(NOW + 1000);
  const seen = [...pipeline.metrics(snapshot), ...snapshot.unassigned];
  await pipeline.close();
  return seen;
}

describe.each(Object.keys(TRAFFICS) as Traffic[])('the benchmark on %s traffic', (traffic) => {
  const [attributes, bytesPerSpan] = traffic === 'all LLM, no chain' ? [10, 450] : [20, 850];

  it(`sends spans of ${attributes} attributes and about ${bytesPerSpan} bytes`, () => {
    for (const { bytes, ids } of makeTraffic(traffic, NOW)) {
      expect(ids).toHaveLength(SPANS_PER_BATCH);
      expect(Math.abs(bytes.length / SPANS_PER_BATCH - bytesPerSpan)).toBeLessThan(100);
      const spans = decodeFully(bytes).resourceSpans?.[0]?.scopeSpans?.[0]?.spans ?? [];
      for (const span of spans) expect(span.attributes).toHaveLength(attributes);
    }
  });

  it('makes the same metrics and the same list of calls without a chain of what either reader reads', async () => {
    const ours = await seenBy(traffic, (pipeline) => {
      const reader = createProtobufReader(pipeline.keys);
      return (body, batch) => void reader.read(body, (span) => batch.add(span));
    });
    const full = await seenBy(traffic, (pipeline) => createFullDecoder(pipeline.keys));
    expect(ours.length).toBeGreaterThan(attributes === 20 ? 100 : 0);
    expect(ours).toEqual(full);
  });
});
