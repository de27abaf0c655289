/** A ladder of targets in, a function out that tries them in order and leaves evidence of every attempt. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { announceChain } from '../call/declare.ts';
import { createPlan } from '../chain/plan.ts';
import { runChain, runShadow } from '../chain/run.ts';
import { createShadow } from '../chain/shadow.ts';
import type {
  Answered,
  Chain,
  ChainOptions,
  Rung,
  SchemaChainOptions,
  ShadowOptions,
  UniformChainOptions,
} from '../chain/types.ts';
import { acceptDrillRequests } from '../drill/by-request.ts';

/**
 * Declares a chain and returns the function that runs it. Annotate the input where the first rung takes it; the others infer it.
 *
 * With `schema`, a rung's answer (of a client that is known, its text, or a plain value) is parsed and validated once and the chain
 * resolves to the schema's output; an answer that does not match makes the chain go on. Without, it resolves to what the
 * rung did, untouched: streams too, and it never goes on after one was handed over. With and without, an answer that says itself that it
 * failed makes the chain go on, whatever its HTTP status.
 *
 * Throws a TypeError where the targets are no chain: none, two of one name, a primary that isn't first, or a timeout that is no
 * number above 0.
 *
 * ```ts
 * const summarize = chain('summarize-ticket', {
 *   schema: Summary,
 *   targets: [
 *     { name: 'gpt-5', type: 'primary', run: (t: Ticket) => openai.chat.completions.create(prompt(t)) },
 *     { name: 'keyword-rules', type: 'heuristic', run: (t) => rules(t) },
 *   ],
 * });
 * ```
 */
export function chain<Input, Schema extends StandardSchemaV1>(
  name: string,
  options: SchemaChainOptions<Input, Schema>,
): Chain<Input, StandardSchemaV1.InferOutput<Schema>>;
export function chain<Input, A, B = never, C = never, D = never, E = never, F = never, G = never>(
  name: string,
  options: ChainOptions<Input, A, B, C, D, E, F, G>,
): Chain<Input, Answered<A | B | C | D | E | F | G>>;
export function chain<Input, Result>(
  name: string,
  options: UniformChainOptions<Input, Result>,
): Chain<Input, Answered<Result>>;
export function chain(name: string, { schema, targets, shadow }: AnyChainOptions): Chain<unknown, unknown> {
  acceptDrillRequests();
  const plan = createPlan(name, targets as readonly Rung<unknown, unknown, unknown>[], schema);
  if (shadow !== undefined) {
    plan.shadow = createShadow(plan, shadow, (rung, attempt, input) => runShadow(plan, rung, attempt, input));
  }
  announceChain({ name, targets: plan.rungs.map((rung) => ({ name: rung.name, type: rung.type })) });
  return (input, run) => runChain(plan, input, run?.signal);
}

interface AnyChainOptions {
  readonly shadow?: ShadowOptions | undefined;
  readonly schema?: StandardSchemaV1 | undefined;
  readonly targets: readonly (Rung<never, unknown, never> | undefined)[];
}
