import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../base/log.ts';
import { startExportLoop } from './export-loop.ts';

function logInto(lines: string[]) {
  return createLog({ write: (line) => lines.push((JSON.parse(line) as { message: string }).message) }, 'info');
}

const every15 = { endpoint: 'http://collector:4318', interval: 15 };

describe('the export loop', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('exports at its interval and once more when it stops', async () => {
    let exports = 0;
    const loop = startExportLoop(() => Promise.resolve(void exports++), every15, logInto([]));
    await vi.advanceTimersByTimeAsync(45_000);
    expect(exports).toBe(3);
    await loop.stop();
    expect(exports).toBe(4);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(exports).toBe(4);
  });

  it('never has two exports under way', async () => {
    const finish: (() => void)[] = [];
    const loop = startExportLoop(() => new Promise((resolve) => void finish.push(resolve)), every15, logInto([]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(finish).toHaveLength(1);
    const stopped = loop.stop();
    finish[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(finish).toHaveLength(2);
    finish[1]?.();
    await stopped;
  });

  it('gives up the last export after five seconds', async () => {
    const loop = startExportLoop(() => new Promise(() => undefined), every15, logInto([]));
    let stopped = false;
    void loop.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(4999);
    expect(stopped).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(stopped).toBe(true);
  });

  it('logs a failure once, and its end', async () => {
    const lines: string[] = [];
    let fails = true;
    const loop = startExportLoop(
      () => (fails ? Promise.reject(new Error('refused')) : Promise.resolve()),
      every15,
      logInto(lines),
    );
    await vi.advanceTimersByTimeAsync(45_000);
    fails = false;
    await loop.stop();
    expect(lines).toEqual([
      'metrics could not be exported; the next export carries what is missing',
      'metrics are exported again',
    ]);
  });
});
