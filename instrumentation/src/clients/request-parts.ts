/** Parts that the requests of several APIs have in common, each safely read: schema, forced tool, system prompt, signal. */

import { fields, list, text } from '../base/read.ts';
import type { CallRequest } from '../types/call.ts';

export function outputType(type: unknown): 'text' | 'json' | undefined {
  if (type === 'json_schema' || type === 'json_object') return 'json';
  return type === 'text' ? 'text' : undefined;
}

export function schemaOf(schema: unknown): object | undefined {
  return typeof schema === 'object' && schema !== null ? schema : undefined;
}

/** A tool as a request describes it. */
export interface Tool {
  readonly name: string | undefined;
  readonly schema: object | undefined;
}

/**
 * The schema of the one tool that the answer must call, which is how structured output is asked for where an API has no other way.
 * `name`: the tool that the request names; without one, it is the only tool that there is.
 */
export function forcedTool(
  tools: readonly Tool[],
  name: string | undefined,
): Pick<CallRequest, 'schema' | 'schemaTool'> | undefined {
  const tool = name === undefined ? only(tools) : tools.find((each) => each.name === name);
  if (tool?.schema === undefined) return undefined;
  return { schema: tool.schema, schemaTool: tool.name };
}

function only<T>(all: readonly T[]): T | undefined {
  return all.length === 1 ? all[0] : undefined;
}

/**
 * OpenAI's `tool_choice`, of both of its APIs: whether it forces a tool, and which one it names. `tool_choice` `required`, and a
 * list of allowed tools that holds one.
 */
export function forcedByChoice(choice: unknown): { readonly name: string | undefined } | undefined {
  if (choice === 'required') return { name: undefined };
  const { type, name, function: named, allowed_tools: allowed, mode, tools } = fields(choice);
  if (type === 'function') return nameIn({ name, function: named });
  if (type !== 'allowed_tools') return undefined;
  // The chat API nests what the other one has beside the type.
  if ((fields(allowed).mode ?? mode) !== 'required') return undefined;
  const one = only(list(fields(allowed).tools ?? tools));
  return one === undefined ? undefined : nameIn(one);
}

function nameIn(tool: unknown): { readonly name: string } | undefined {
  const name = text(fields(fields(tool).function).name) ?? text(fields(tool).name);
  return name === undefined ? undefined : { name };
}

/** The leading system or developer messages: what stays the same from call to call. */
export function systemPrompt(messages: unknown): string | undefined {
  let prompt: string | undefined;
  for (const message of list(messages)) {
    const { role, content } = fields(message);
    if (role !== 'system' && role !== 'developer') break;
    const said = textOf(content);
    prompt = prompt === undefined ? said : `${prompt}\n${said}`;
  }
  return prompt;
}

/** The text of a message's content: a string, or the text parts of a list. */
export function textOf(content: unknown, between = '\n'): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => text(fields(part).text) ?? '')
    .join(between);
}

/** The caller's signal in a request's options. */
export function signalOf(options: unknown): AbortSignal | undefined {
  const { signal } = fields(options);
  return signal instanceof AbortSignal ? signal : undefined;
}
