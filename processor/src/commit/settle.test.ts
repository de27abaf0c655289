/** What time alone makes due is committed by a timer: the first reading after a quiet minute shows it, and reading changes nothing. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES, ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES } from '@warmspare/semconv';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StoreUnavailable } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import { parseConfig } from '../config/config.ts';
import { startInProcess } from '../in-process.ts';
import type { StatusDocument } from '../output/status-json.ts';
import { startService } from '../service/service.ts';
import { createMemoryStore } from '../store/memory.ts';
import { attempt, CHAIN, confirmClock, DAY, freshId, HOUR, start, T0, type World, whole } from '../testdata/world.ts';
import { ANSWERED, call, FAILED, PAIR, rowsOf } from '../traces/testdata/calls.ts';
import { FAILED_WAIT } from '../traces/trace-window.ts';
import type { Changes, Store } from '../types/store.ts';

const MINUTE = 60_000;

/** A store that cannot write while `fails` says so. */
async function failing(): Promise<{ store: Store; fails: { now: boolean } }> {
  const memory = await createMemoryStore();
  const fails = { now: false };
  const commit = async (changes: Changes): Promise<void> => {
    if (fails.now) throw new StoreUnavailable('disk full');
    await memory.commit(changes);
  };
  return { store: { ...memory, commit }, fails };
}

/** Everything that can be read. */
function read(world: World): unknown {
  const snapshot = world.snapshot();
  return [snapshot, whole(world.pipeline.metrics(snapshot)), world.pipeline.stats(), world.pipeline.health()];
}

describe('reading', () => {
  it('leaves what is due as it is, however often and whenever it happens', async () => {
    const world = await start();
    await world.send(T0 + MINUTE, FAILED, ANSWERED, { attributes: CHAIN, endTime: T0 });
    world.now += FAILED_WAIT;
    const first = read(world);
    await new Promise(setImmediate);
    expect(read(world)).toEqual(first);
    const { commits } = world.pipeline.stats();
    // The clock is set back by so much that everything seems to lie ahead.
    world.now = T0 - DAY;
    read(world);
    await new Promise(setImmediate);
    expect(world.pipeline.stats().commits).toBe(commits);
    expect(rowsOf(world).filter((row) => row.startsWith('inferred'))).toEqual([]);
  });

  it('between any two batches leads to the same as no reading', async () => {
    const sent = [
      [FAILED],
      [{ attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + 1, spanId: freshId() }],
      [ANSWERED, { attributes: CHAIN, endTime: T0 + 2, spanId: freshId() }],
      [{ attributes: attempt('gpt', 'primary', 'error'), endTime: T0 + 3, spanId: freshId() }],
    ];
    const kept = async (look: (world: World) => void): Promise<unknown> => {
      const world = await start();
      for (const [index, spans] of sent.entries()) {
        await world.send(T0 + (index + 5) * 1000, ...spans);
        look(world);
      }
      await world.rest();
      const { instanceId: _own, ...contents } = world.store.contents();
      return [contents, read(world)].map((each) => JSON.stringify(each).replaceAll(world.pipeline.instanceId, ''));
    };
    expect(await kept(read)).toEqual(await kept(() => undefined));
  });
});

describe('settling', () => {
  it('commits the traces that are due, and then nothing more', async () => {
    const world = await start();
    await world.send(T0 + MINUTE, FAILED, ANSWERED);
    const commits = (): number => world.pipeline.stats().commits;
    const before = commits();
    world.now = T0 + MINUTE + 9_999;
    await world.pipeline.settle();
    expect([commits(), rowsOf(world)]).toEqual([before, []]);
    world.now++;
    await Promise.all([world.pipeline.settle(), world.pipeline.settle()]);
    expect([commits(), rowsOf(world)]).toEqual([before + 1, PAIR]);
    await world.pipeline.settle();
    expect(commits()).toBe(before + 1);
  });

  it('goes on until nothing is due, though one commit judges a bounded number of traces', async () => {
    const world = await start();
    const traces = Array.from({ length: 5_001 }, () => freshId().padStart(32, '0'));
    await world.send(
      T0 + MINUTE,
      ...traces.flatMap((traceId) => [
        call('gpt-5', { traceId, failed: true }),
        call('claude-haiku-4-5', { traceId, from: 2 }),
      ]),
    );
    world.now += FAILED_WAIT;
    await world.pipeline.settle();
    expect(rowsOf(world)).toEqual([
      'inferred:gpt-5 / gpt-5 primary 0 0,5001',
      'inferred:gpt-5 / claude-haiku-4-5 fallback 1 5001,0',
    ]);
  });

  it('never rejects, and leaves due what the store could not take', async () => {
    const { store, fails } = await failing();
    const world = await start({ store });
    await world.send(T0 + MINUTE, FAILED, ANSWERED);
    world.now += FAILED_WAIT;
    fails.now = true;
    await world.pipeline.settle();
    expect(rowsOf(world)).toEqual([]);
    fails.now = false;
    await world.pipeline.settle();
    expect(rowsOf(world)).toEqual(PAIR);
  });

  it('pulls what a clock that was set back left ahead, beyond what senders may be ahead', async () => {
    const world = await start();
    const success = { attributes: attempt('claude', 'fallback', 'success'), endTime: T0 + DAY };
    await world.send(T0 + DAY, success);
    const { commits } = world.pipeline.stats();
    world.now = T0 + DAY - 5 * MINUTE;
    await world.pipeline.settle();
    expect(world.target('claude').lastSuccess?.at).toBe(T0 + DAY);
    expect(world.pipeline.stats().commits).toBe(commits);
    world.now--;
    await world.pipeline.settle();
    expect(world.target('claude').lastSuccess?.at).toBe(T0 + DAY);
    await confirmClock(world);
    expect(world.target('claude').lastSuccess?.at).toBe(T0 + DAY - 5 * MINUTE - 1);
  });

  it('pulls a watermark, too, where nothing else lies ahead', async () => {
    const world = await start();
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    await world.send(T0 + DAY, { attributes: {}, endTime: T0 + DAY });
    for (const [now, at] of [
      [T0 + DAY - 5 * MINUTE, T0 + DAY],
      [T0 + DAY - 5 * MINUTE - 1, T0 + DAY - 5 * MINUTE - 1],
    ] as const) {
      world.now = now;
      await confirmClock(world);
      expect(world.snapshot().watermarks).toMatchObject([{ at }]);
    }
  });

  it('pulls when a target was named last, without which one that is no longer announced would stay declared', async () => {
    const world = await start();
    await world.send(T0, { attributes: CHAIN, endTime: T0 });
    const { [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: _names, ...named } = attempt('rules', 'heuristic', 'cancelled');
    await world.send(T0 + 30 * DAY, { attributes: named, endTime: T0 });
    world.now = T0 + HOUR;
    await confirmClock(world);
    const shorter = {
      ...CHAIN,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'claude'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
    };
    await world.send(T0 + HOUR + 7 * DAY, { attributes: shorter, endTime: T0 });
    expect(world.target('rules').undeclared).toBe(false);
    await world.send(T0 + HOUR + 7 * DAY + 1, { attributes: shorter, endTime: T0 });
    expect(world.target('rules').undeclared).toBe(true);
  });
});

describe('what is due', () => {
  it('of the service lets the first look at /status.json and /metrics show what is due', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const directory = mkdtempSync(join(tmpdir(), 'warmspare-settle-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const { config } = parseConfig(
      `
store: { sqlite: { path: ${JSON.stringify(join(directory, 'warmspare.db'))} } }
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }
admin: { endpoint: 127.0.0.1:0 }
`,
      {},
    );
    if (!config) throw new Error('the configuration has problems');
    let now = Date.UTC(2026, 11, 1);
    const log = createLog({ write: () => undefined }, 'silent');
    const service = await startService({ config, version: '1.2.3', now: () => now, log });
    onTestFinished(() => service.close());
    const urlOf = (what: string): string => service.addresses.find((each) => each.what === what)?.url ?? '';
    const body = readFileSync(new URL('../../../test/fixtures/cases/otlp/sib-control.json', import.meta.url));
    const headers = { 'content-type': 'application/json' };
    await fetch(`${urlOf('OTLP/HTTP')}/v1/traces`, { method: 'POST', headers, body });
    const shown = async (): Promise<unknown> => {
      const { targets } = (await (await fetch(`${urlOf('admin')}/status.json`)).json()) as StatusDocument;
      return targets.map(({ target, state }) => [target, state]);
    };
    now += FAILED_WAIT;
    // As long as no timer has gone off nothing is due, however often somebody looks.
    for (let look = 0; look < 5; look++) expect(await shown()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    await expect.poll(shown).toEqual([
      ['gpt-5', undefined],
      ['claude-haiku-4-5', 'fresh'],
    ]);
    expect(await (await fetch(`${urlOf('admin')}/metrics`)).text()).toContain(
      'llm_fallback_target_name="claude-haiku-4-5"',
    );
  });

  it('in process lets the first snapshot and the first collection show it', async () => {
    let now = T0 + MINUTE;
    const warmspare = startInProcess({ service: { name: 'shop' }, now: () => now });
    onTestFinished(() => warmspare.close());
    const processor = warmspare.createSpanProcessor();
    for (const {
      attributes,
      startTime = 0,
      endTime,
      statusCode: code = 0,
      traceId = '',
      spanId = '',
      parentId = '',
    } of [FAILED, ANSWERED]) {
      processor.onEnd({
        name: 'chat',
        attributes,
        startTime: [startTime / 1000, 0],
        endTime: [endTime / 1000, 0],
        status: { code },
        parentSpanContext: { spanId: parentId },
        spanContext: () => ({ traceId, spanId }),
      });
    }
    await processor.forceFlush();
    now += FAILED_WAIT;
    const { resourceMetrics, errors } = await warmspare.createMetricProducer().collect();
    expect([errors, JSON.stringify(resourceMetrics)]).toEqual([[], expect.stringContaining('inferred:gpt-5')]);
    expect((await warmspare.snapshot()).targets.map(({ target }) => target)).toEqual(['gpt-5', 'claude-haiku-4-5']);
  });
});
