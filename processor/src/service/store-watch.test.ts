import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from '../base/log.ts';
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
    {
      health: () => ({
        storeAvailable: storeError === undefined,
        storeError,
        damage: undefined,
        clockError: undefined,
        queued: 0,
      }),
      retryStore: () => Promise.resolve(),
    },
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

it('logs each damage once, that of the start and what is found later', async () => {
  const lines: unknown[] = [];
  const log = createLog({ write: (line) => lines.push(JSON.parse(line)) }, 'info');
  let damage = { reason: 'the file was empty', movedTo: undefined };
  const health = () => ({ storeAvailable: true, storeError: undefined, damage, clockError: undefined, queued: 0 });
  const stop = watchStore({ health, retryStore: () => Promise.resolve() }, log);
  expect(lines).toMatchObject([{ level: 'error', damage: { reason: 'the file was empty' } }]);
  await vi.advanceTimersByTimeAsync(3000);
  damage = { reason: 'its log was removed', movedTo: undefined };
  await vi.advanceTimersByTimeAsync(3000);
  expect(lines).toMatchObject([{}, { level: 'error', damage: { reason: 'its log was removed' } }]);
  stop();
});

it('tries a store that cannot write now and then, and leaves one alone that can', async () => {
  let storeError: string | undefined;
  let tries = 0;
  const stop = watchStore(
    {
      health: () => ({
        storeAvailable: storeError === undefined,
        storeError,
        damage: undefined,
        clockError: undefined,
        queued: 0,
      }),
      retryStore: () => Promise.resolve(void tries++),
    },
    createLog({ write: () => undefined }, 'silent'),
  );
  await vi.advanceTimersByTimeAsync(10_000);
  expect(tries).toBe(0);
  storeError = 'disk full';
  await vi.advanceTimersByTimeAsync(10_000);
  expect(tries).toBe(2);
  storeError = undefined;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(tries).toBe(2);
  stop();
});
