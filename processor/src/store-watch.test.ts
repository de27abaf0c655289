import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from './log.ts';
import { watchStore } from './store-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('logs once when the store stops writing, with the reason, and once when it writes again', async () => {
  const lines: unknown[] = [];
  const log = createLog({ write: (line) => lines.push(JSON.parse(line)) }, 'info');
  let storeError: string | undefined;
  const stop = watchStore(
    () => ({ storeAvailable: storeError === undefined, storeError, damage: undefined, queued: 0 }),
    log,
  );
  await vi.advanceTimersByTimeAsync(3000);
  expect(lines).toEqual([]);
  storeError = 'disk full';
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toMatchObject([{ level: 'error', reason: 'disk full' }]);
  storeError = undefined;
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toMatchObject([{ level: 'error' }, { level: 'info', message: 'the store can write again' }]);
  stop();
  storeError = 'disk full';
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toHaveLength(2);
});
