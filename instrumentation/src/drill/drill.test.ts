/** Drills of `chain()` and of hand-written code: which targets fail, what the report says, and what stays untouched. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_ID,
  ATTR_LLM_FALLBACK_DRILL_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  DRILL_FAULTS,
} from '@warmspare/semconv';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { cached } from '../api/cached.ts';
import { chain } from '../api/chain.ts';
import { type Drill, drill, withDrill } from './drill.ts';
import { DrillFault } from './fault.ts';
import type { DrillReport } from './running.ts';
import { areDrillsOn } from './switch.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => {
  recorded.close();
  vi.unstubAllEnvs();
});

let chains = 0;

interface Ladder {
  readonly primary?: () => unknown;
  readonly fallback?: () => unknown;
  readonly cache?: () => unknown;
}

/** A chain of four, with a name of its own, that notes what was asked. */
function ladder({ primary = () => 'gpt', fallback = () => 'claude', cache = () => cached('kept') }: Ladder = {}) {
  const asked: string[] = [];
  const noted = (name: string, fn: () => unknown) => (): unknown => {
    asked.push(name);
    return fn();
  };
  const name = `ladder ${++chains}`;
  const ask = chain(name, {
    targets: [
      { name: 'gpt', type: 'primary', run: noted('gpt', primary) },
      { name: 'claude', type: 'fallback', run: noted('claude', fallback) },
      { name: 'last', type: 'cache', run: noted('last', cache) },
      { name: 'rules', type: 'heuristic', run: noted('rules', () => 'ruled') },
    ],
  });
  return { name, ask, asked };
}

describe('a drill', () => {
  it.each([
    [undefined, 'claude', ['claude'], 1],
    ['claude', 'claude', ['claude'], 1],
    ['last', 'kept', ['last'], 2],
    ['rules', 'ruled', ['rules'], 3],
  ])('of %s makes everything above it fail, and nothing else run', async (target, value, asked, injected) => {
    const it = ladder();
    const drilled = await drill({ chain: it.name, target }, () => it.ask());
    expect(drilled).toMatchObject({ value, error: undefined });
    expect(it.asked).toEqual(asked);
    expect(drilled.report).toMatchObject({
      chain: it.name,
      target: target ?? 'claude',
      outcome: 'succeeded',
      injected,
    });
    expect(drilled.report.attempts).toHaveLength(injected + 1);
    expect(drilled.report.attempts.at(-1)).toMatchObject({ target: target ?? 'claude', outcome: 'success' });
  });

  it.each(DRILL_FAULTS)('looks like an outage to what is no client: %s', async (fault) => {
    const seen: unknown[] = [];
    const ask = chain(`looks ${fault}`, {
      targets: [
        { name: 'gpt', type: 'primary', run: () => 'gpt' },
        { name: 'rules', type: 'heuristic', run: (_: unknown, { error }) => [seen.push(error), 'ruled'] },
      ],
    });
    await withDrill({ chain: `looks ${fault}`, fault, delayMs: 1 }, () => ask());
    expect(seen).toEqual([expect.any(DrillFault)]);
    expect(seen[0]).toMatchObject({ fault, code: expect.any(String) });
  });

  it('carries its id and fault on every span, and is forced', async () => {
    const it = ladder();
    const { report } = await drill({ chain: it.name, fault: 'rate_limit' }, () => it.ask());
    const marks = {
      [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill',
      [ATTR_LLM_FALLBACK_DRILL_ID]: report.id,
      [ATTR_LLM_FALLBACK_DRILL_FAULT]: 'rate_limit',
    };
    for (const name of ['', ' gpt', ' claude']) {
      expect(recorded.span(`${it.name}${name}`).attributes).toMatchObject(marks);
    }
    expect(recorded.span(`${it.name} gpt`).attributes[ATTR_ERROR_TYPE]).toBe('drill');
    expect(recorded.span(`${it.name} claude`).attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe('drill');
  });

  it('leaves the reason of a real failure below its target as it is', async () => {
    const it = ladder({ fallback: () => Promise.reject(Object.assign(new Error('down'), { status: 429 })) });
    const { report, value } = await drill({ chain: it.name }, () => it.ask());
    expect(value).toBe('kept');
    expect(report).toMatchObject({ outcome: 'failed', reason: '429', injected: 1 });
    expect(recorded.span(`${it.name} last`).attributes[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe('rate_limit');
  });

  it('hands its report to whoever asks, whatever they do with it', async () => {
    const it = ladder();
    const reports: DrillReport[] = [];
    const onReport = (report: DrillReport): never => {
      reports.push(report);
      throw new Error('mine');
    };
    await expect(withDrill({ chain: it.name, onReport }, () => it.ask())).resolves.toBe('claude');
    await vi.waitFor(() => expect(reports).toMatchObject([{ outcome: 'succeeded' }]));
  });

  it('waits for a stream that is read inside it', async () => {
    const it = ladder({
      fallback: async function* () {
        yield 'a';
        yield 'b';
      },
    });
    const { report } = await drill({ chain: it.name }, async () => {
      for await (const _ of (await it.ask()) as AsyncIterable<unknown>);
    });
    expect(report.outcome).toBe('succeeded');
  });

  it('judges the answer by the schema', async () => {
    const ask = chain('judged', {
      schema: z.object({ a: z.string() }),
      targets: [
        { name: 'gpt', type: 'primary', run: () => ({ a: 'x' }) },
        { name: 'claude', type: 'fallback', run: () => ({ b: 1 }) },
        { name: 'rules', type: 'heuristic', run: () => ({ a: 'y' }) },
      ],
    });
    const { report } = await drill({ chain: 'judged' }, () => ask());
    expect(report).toMatchObject({ outcome: 'failed', reason: 'schema_invalid' });
    expect(report.attempts.find(({ target }) => target === 'claude')).toMatchObject({ schemaValidity: 'invalid' });
  });
});

describe('the outcome of a drill', () => {
  const outcomeOf = async (given: ReturnType<typeof ladder>, more: Partial<Drill> = {}, fn?: () => unknown) =>
    (await drill({ chain: given.name, ...more }, fn ?? (() => given.ask()))).report;

  it('is inconclusive where the chain was not run', async () => {
    const report = await outcomeOf(ladder(), {}, () => 'nothing');
    expect(report).toMatchObject({ outcome: 'inconclusive', injected: 0, reason: expect.stringContaining('nothing') });
  });

  it('is inconclusive where the chain has no such target, and nothing fails', async () => {
    const it = ladder();
    const report = await outcomeOf(it, { target: 'mistral' });
    expect(report).toMatchObject({ outcome: 'inconclusive', injected: 0, reason: expect.stringContaining('mistral') });
    expect(it.asked).toEqual(['gpt']);
    expect(recorded.span(`${it.name} gpt`).attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_EXERCISE_KIND]);
  });

  it('is inconclusive where the cache holds nothing', async () => {
    expect(await outcomeOf(ladder({ cache: () => undefined }), { target: 'last' })).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('miss'),
    });
  });

  it('is interrupted where the caller gives up', async () => {
    const it = ladder({ fallback: () => new Promise(() => {}) });
    const given = new AbortController();
    const report = await outcomeOf(it, {}, () => {
      const run = it.ask(undefined, { signal: given.signal });
      setImmediate(() => given.abort());
      return run;
    });
    expect(report.outcome).toBe('interrupted');
  });

  it('is blocked where the primary really fails, and the run is an ordinary one', async () => {
    const it = ladder({ primary: () => Promise.reject(new Error('down')) });
    for (let run = 0; run < 3; run += 1) await it.ask();
    recorded.reset();
    const report = await outcomeOf(it);
    expect(report).toMatchObject({ outcome: 'blocked', injected: 0, reason: expect.stringContaining('primary') });
    expect(recorded.span(`${it.name} claude`).attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_DRILL_ID]);
    expect(recorded.span(`${it.name} drill`).attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_DRILL_OUTCOME]: 'blocked',
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'claude',
    });
  });

  it('is not blocked by two failures, by failures before a success, nor by drills', async () => {
    let down = true;
    const it = ladder({ primary: () => (down ? Promise.reject(new Error('down')) : 'gpt') });
    await it.ask();
    await it.ask();
    for (let run = 0; run < 4; run += 1) expect(await outcomeOf(it)).toMatchObject({ outcome: 'succeeded' });
    down = false;
    await it.ask();
    down = true;
    await it.ask();
    expect(await outcomeOf(it)).toMatchObject({ outcome: 'succeeded' });
  });
});

describe('what is no drill', () => {
  it('is untouched beside one: fifty requests at once', async () => {
    const it = ladder();
    const [drilled, ...ordinary] = await Promise.all([
      withDrill({ chain: it.name }, () => it.ask()),
      ...Array.from({ length: 50 }, () => it.ask()),
    ]);
    expect(drilled).toBe('claude');
    expect(new Set(ordinary)).toEqual(new Set(['gpt']));
    const marked = recorded.spans.filter(({ attributes }) => ATTR_LLM_FALLBACK_DRILL_ID in attributes);
    expect(marked).toHaveLength(3);
  });

  it('is every run once the report is there', async () => {
    const it = ladder();
    let later: Promise<unknown> | undefined;
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    await drill({ chain: it.name }, () => {
      later = gate.then(() => it.ask());
    });
    go();
    await expect(later).resolves.toBe('gpt');
  });

  it('stays so for any traffic, whatever other chains are drilled', async () => {
    const it = ladder();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...DRILL_FAULTS),
        fc.string({ minLength: 1 }),
        fc.array(fc.string()),
        async (fault, other, models) => {
          fc.pre(other !== it.name);
          const asking = () => it.ask();
          await expect(withDrill({ chain: other, fault, models, delayMs: 0 }, asking)).resolves.toBe('gpt');
        },
      ),
      { numRuns: 50 },
    );
    expect(
      recorded.spans.some(
        ({ attributes }) =>
          ATTR_LLM_FALLBACK_EXERCISE_KIND in attributes && !(ATTR_LLM_FALLBACK_DRILL_OUTCOME in attributes),
      ),
    ).toBe(false);
  });

  it.each([{ chain: '' }, { chain: 'x', fault: 'sluggish' as 'slow' }, { chain: 'x', delayMs: -1 }])(
    'is refused at once: %o',
    (options) => expect(() => withDrill(options, () => 1)).toThrow(TypeError),
  );
});

describe('WARMSPARE_DRILLS', () => {
  it('stops every drill at once', async () => {
    vi.stubEnv('WARMSPARE_DRILLS', 'off');
    const it = ladder();
    const { value, report } = await drill({ chain: it.name }, () => it.ask());
    expect(value).toBe('gpt');
    expect(report).toMatchObject({ outcome: 'blocked', reason: expect.stringContaining('WARMSPARE_DRILLS') });
  });

  it('stops a drill that is under way', async () => {
    const it = ladder();
    const { report } = await drill({ chain: it.name }, async () => {
      vi.stubEnv('WARMSPARE_DRILLS', 'off');
      return it.ask();
    });
    expect(it.asked).toEqual(['gpt']);
    expect(report).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('stopped') });
  });

  it('may name a file, which is read again every five seconds', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'switch-')), 'drills');
    const setting = `file:${file}`;
    const on = (at: number): boolean => areDrillsOn(setting, at);
    writeFileSync(file, 'on\n');
    expect(on(0)).toBe(true);
    writeFileSync(file, 'off');
    expect([on(4_999), on(5_000)]).toEqual([true, false]);
    writeFileSync(file, 'anything else');
    expect([on(10_000), areDrillsOn('file:/nowhere/at/all', 0), areDrillsOn('no', 0), areDrillsOn(' on ', 0)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});
