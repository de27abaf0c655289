/** An answer in, what a schema can judge of it out: what it wrote, or what it gave to a tool. */
import type { CallAnswer, CallRequest, ToolInput } from '../types/call.ts';

export type Output =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: unknown };

/**
 * The outputs of an answer to a request with a schema. Of a forced tool, each input; where it was not called, what was written in its
 * place. Of a format, the text: an answer that calls tools has not come to it yet.
 */
export function outputsOf({ text, toolInputs = [] }: CallAnswer, { schemaTool }: CallRequest): readonly Output[] {
  const written: readonly Output[] = text === undefined ? [] : [{ kind: 'text', text }];
  if (schemaTool === undefined) return toolInputs.length > 0 ? [] : written;
  const called = toolInputs.filter(({ name }) => name === schemaTool);
  return called.length > 0 ? called.map(inputOf) : written;
}

export function inputOf({ input }: ToolInput): Output {
  return typeof input === 'string' ? { kind: 'text', text: input } : { kind: 'value', value: input };
}
