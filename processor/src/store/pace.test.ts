import { expect, it } from 'vitest';
import { countTaken, createPace, noneTaken } from './pace.ts';

it('lets some parts be on their way, and waits for one to be taken before it lets another', () => {
  const taken = noneTaken();
  const wait = Atomics.wait;
  let waits = 0;
  // In place of the other thread, which this one would wait for.
  Atomics.wait = (() => {
    waits++;
    countTaken(taken);
    return 'ok';
  }) as typeof wait;
  try {
    const pace = createPace(taken);
    for (let part = 0; part < 100; part++) pace();
    expect(waits).toBeGreaterThan(0);
    expect(Atomics.load(taken, 0)).toBe(waits);
    for (let part = 0; part < 50; part++) countTaken(taken);
    const before = waits;
    for (let part = 0; part < 50; part++) pace();
    expect(waits).toBe(before);
  } finally {
    Atomics.wait = wait;
  }
});
