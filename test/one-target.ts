/** One target of a chain and a spare one, and what an instrumented client does inside: for the tests of what targets resolve to. */
import type { RouteType } from '@warmspare/semconv';
import { z } from 'zod';
import { chain } from '../instrumentation/src/api/chain.ts';
import { activeAttempt } from '../instrumentation/src/call/scope.ts';
import type { FinishedCall } from '../instrumentation/src/types/attempt.ts';
import type { CallAnswer } from '../instrumentation/src/types/call.ts';
import type { RecordedSpans } from './recorded-spans.ts';

export const SPARE = { spare: true };

/** Runs one target and a spare one; what came, and the attributes of the first attempt. */
export async function once(
  recorded: RecordedSpans,
  name: string,
  type: RouteType,
  run: () => unknown,
  schema?: z.ZodType,
) {
  const primary = type === 'primary';
  const first = { name: 'first', type: 'primary' as const, run: () => Promise.reject<unknown>(new Error('down')) };
  const targets = [...(primary ? [] : [first]), { name: 'it', type, run }];
  const last = { name: 'spare', type: 'heuristic' as const, run: (): unknown => SPARE };
  const ask =
    schema === undefined
      ? chain(name, { targets: [...targets, last] })
      : chain(name, { schema: z.union([z.object({ spare: z.literal(true) }), schema]), targets: [...targets, last] });
  recorded.reset();
  const value = await ask();
  return { value, ...recorded.span(`${name} it`) };
}

/** What an instrumented client inside does. */
export function call(
  value: unknown,
  answer: Partial<CallAnswer>,
  streamed = false,
  report: Partial<FinishedCall> = {},
): void {
  const scope = activeAttempt();
  const { finish = 'error' } = answer;
  scope?.onStart();
  scope?.onAnswer?.({ value, streamed, answer: { finish, complete: true, text: '', ...answer } });
  scope?.onCall({ attributes: {}, outcome: finish, endTime: 0, ...report });
}
