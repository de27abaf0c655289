/** Beside other instrumentations of openai, in either order of registration: one span a call, theirs where they trace it, with our attributes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Beside, ORDERS, OTHERS, USES } from './beside.ts';

const run = promisify(execFile);
const BESIDE = fileURLToPath(new URL('./beside.ts', import.meta.url));

async function beside(other: string, order: string): Promise<Map<string, Beside>> {
  const { stdout } = await run(process.execPath, [BESIDE, other, order], { env: { ...process.env, NODE_OPTIONS: '' } });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return new Map(lines.map((line) => JSON.parse(line) as Beside).map((seen) => [seen.use, seen]));
}

const OUTCOMES: Partial<Record<keyof typeof USES, string>> = { failing: 'error', 'streamed, left early': 'cancelled' };
/** What they can't do, with or without us: the call that came before has its outcome, and the caller their error. */
const BROKEN: ReadonlySet<string> = new Set(['contrib parsed', 'openinference parsed', 'openinference its response']);
/** Calls for which they start no span, or never end it. */
const UNTRACED: ReadonlySet<string> = new Set([
  'contrib text',
  'contrib streamed, left early',
  'traceloop embedding',
  'traceloop failing',
  'traceloop streamed, left early',
]);

describe.each(OTHERS)('%s', (other) => {
  let seen: Map<string, Map<string, Beside>>;
  beforeAll(async () => {
    const all = await Promise.all(ORDERS.map(async (order) => [order, await beside(other, order)] as const));
    seen = new Map(all);
  }, 240_000);

  describe.each(ORDERS.slice(1))('registered %s', (order) => {
    test.each(Object.keys(USES) as (keyof typeof USES)[])('%s', (use) => {
      const { caught, spans, messages } = seen.get(order)?.get(use) ?? { spans: [], messages: [] };
      const alone = seen.get('alone')?.get(use);
      expect(caught).toBe(alone?.caught);
      expect(messages).toHaveLength(1);
      // OpenInference reads a stream on, so that a later wrapper does not see it left.
      const early = other === 'openinference' && order === 'after' && use === 'streamed, left early';
      const outcome = early ? 'success' : (OUTCOMES[use] ?? 'success');
      if (!BROKEN.has(`${other} ${use}`)) expect(messages[0]?.outcome).toBe(outcome);
      const ours = spans.filter((span) => span.ours);
      expect(ours.length).toBeLessThanOrEqual(UNTRACED.has(`${other} ${use}`) ? 1 : 0);
      expect(spans.length).toBe(Math.max(alone?.spans.length ?? 0, ours.length));
      for (const span of spans) expect(span.outcome).toBe(messages[0]?.outcome);
      expect(messages[0]?.ofSpan).toBe(spans.length > 0);
    });
  });
});
