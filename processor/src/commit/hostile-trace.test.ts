/** One trace with many more failed calls than the trace window keeps of one: what is compared with each other stays bounded. */
import { expect, it } from 'vitest';
import { SHOP, start, T0 } from '../testdata/world.ts';

it('takes twenty thousand failed calls of one trace at once', async () => {
  const world = await start();
  const calls = Array.from({ length: 20_000 }, (_, index) => ({
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': `m${index % 300}`, 'error.type': '500' },
    endTime: T0,
    service: SHOP,
    traceId: 'a'.repeat(32),
  }));
  await world.send(T0, ...calls);
  expect(world.pipeline.stats().accepted).toBe(20_000);
});
