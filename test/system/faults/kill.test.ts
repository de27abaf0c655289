/** What was acknowledged, by HTTP or gRPC, is there after `kill -9` at a random moment; what is sent again is not counted twice. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { type AttemptSpan, openGrpc, otlpBody, sendBody } from '../otlp-body.ts';
import { placeService, type Service, type ServicePlace, startService } from '../service.ts';

const ROUNDS = 100;
const SENDERS = 4;
const SPANS_PER_BODY = 5;

/** The moments of the kills come from this seed, so that a failing run can be told from another. */
const SEED = Date.now() % 2 ** 31;

let directory = '';
let place: ServicePlace;
let running: Service | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warmspare-kill-'));
  place = await placeService(directory, '');
});

afterAll(async () => {
  await running?.kill();
  await rm(directory, { recursive: true, force: true });
});

test(`loses nothing that was acknowledged, in ${ROUNDS} rounds (seed ${SEED})`, async () => {
  const random = generator(SEED);
  const endTime = Date.now() - 60_000;
  let nextId = 1;
  const acknowledged: Uint8Array<ArrayBuffer>[] = [];
  const unanswered: Uint8Array<ArrayBuffer>[] = [];
  let cutShort = 0;
  const taken = { grpc: 0, http: 0 };

  for (let round = 0; round < ROUNDS; round++) {
    const service = await startService(place);
    running = service;
    const counted = await countOf(service);
    const least = acknowledged.length * SPANS_PER_BODY;
    const most = least + unanswered.length * SPANS_PER_BODY;
    expect(counted, `round ${round}: acknowledged spans are gone`).toBeGreaterThanOrEqual(least);
    expect(counted, `round ${round}: more than was ever sent`).toBeLessThanOrEqual(most);

    cutShort += unanswered.length;
    // What got no answer is sent again, as an exporter would; then everything that was ever sent is counted once.
    const grpc = openGrpc(service.grpc);
    for (const [index, body] of unanswered.splice(0).entries()) {
      expect(await (index % 2 === 0 ? grpc.send(body) : sendBody(service.otlp, body))).toBe(true);
      acknowledged.push(body);
    }
    expect(await countOf(service)).toBe(acknowledged.length * SPANS_PER_BODY);

    let killed = false;
    const answersUntilKill = Math.floor(random() * 30);
    const yieldsUntilKill = Math.floor(random() * 50);
    let answers = 0;
    let reached = (): void => undefined;
    const due = new Promise<void>((resolve) => {
      reached = resolve;
    });
    if (answersUntilKill === 0) reached();
    const senders = Array.from({ length: SENDERS }, async (_, sender) => {
      const isGrpc = sender % 2 === 0;
      while (!killed) {
        const spans = Array.from({ length: SPANS_PER_BODY }, (): AttemptSpan => {
          const id = nextId++;
          return { id, chain: 'summarize-ticket', rank: 1, outcome: 'success', endTime: endTime + (id % 1000) };
        });
        const body = otlpBody('support-api', spans);
        const answered = await (isGrpc ? grpc.send(body) : sendBody(service.otlp, body).catch(() => false));
        (answered ? acknowledged : unanswered).push(body);
        if (answered) taken[isGrpc ? 'grpc' : 'http']++;
        if (answered && ++answers === answersUntilKill) reached();
        if (!answered) return;
      }
    });
    await due;
    for (let turn = 0; turn < yieldsUntilKill; turn++) await new Promise((resolve) => setImmediate(resolve));
    await service.kill();
    killed = true;
    await Promise.all(senders);
    grpc.close();
  }
  expect(Math.min(taken.grpc, taken.http), 'one of the protocols was never used').toBeGreaterThan(ROUNDS / 2);
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);
  expect(cutShort, 'no kill met a request under way').toBeGreaterThan(0);
});

/** The fallback's calls, as `/metrics` counts them; 0 while there is no such series. */
async function countOf(service: Service): Promise<number> {
  const text = await eventually('/metrics answers', async () => {
    const response = await fetch(`${service.admin}/metrics`);
    return response.ok ? response.text() : undefined;
  });
  return text
    .split('\n')
    .filter((line) => line.startsWith('llm_fallback_calls_total{') && line.includes('="claude-haiku"'))
    .reduce(
      (sum, line) =>
        sum +
        Number(
          line
            .slice(line.lastIndexOf('}') + 1)
            .trim()
            .split(' ')[0],
        ),
      0,
    );
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
