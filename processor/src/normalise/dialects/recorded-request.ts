/**
 * A request that a span records in, the output that it asked for out: a format with a schema, or one tool that must be called. In the form
 * of OpenAI's chat completions or responses, or of Anthropic's messages. Never throws.
 */
import type { DeclaredOutput } from './dialect.ts';
import { jsonObject } from './json-text.ts';

type Fields = Readonly<Record<string, unknown>>;

const NOTHING: readonly DeclaredOutput[] = [];
const NO_FIELDS: Fields = {};

/** `tools`: as they stand beside the request, where it leaves them out. */
export function declaredIn(request: Fields, tools: readonly unknown[] = []): readonly DeclaredOutput[] {
  const forced = forcedTool(request, Array.isArray(request.tools) ? request.tools : tools);
  if (forced) return [forced];
  const { response_format, text, output_config } = request;
  const format =
    jsonObject(response_format) ?? jsonObject(jsonObject(text)?.format ?? jsonObject(output_config)?.format);
  return declaredByFormat(format);
}

/** `response_format`, or what stands for it. */
export function declaredByFormat(format: Fields | undefined): readonly DeclaredOutput[] {
  const schema = jsonObject(jsonObject(format?.json_schema)?.schema ?? format?.schema);
  return schema ? [{ schema }] : NOTHING;
}

function forcedTool({ tool_choice: choice }: Fields, given: readonly unknown[]): DeclaredOutput | undefined {
  const tools = given.map(toolOf);
  const name = nameOf(choice);
  const [only, ...others] = tools;
  const tool = name === undefined ? (others.length === 0 ? only : undefined) : tools.find((each) => each.name === name);
  if (tool?.schema === undefined || tool.name === undefined || (name === undefined && !isForcing(choice)))
    return undefined;
  return { schema: tool.schema, tool: tool.name };
}

/** `required` of OpenAI, `any` of Anthropic and Mistral. */
function isForcing(choice: unknown): boolean {
  const word = jsonObject(choice)?.type ?? choice;
  return word === 'required' || word === 'any';
}

function nameOf(choice: unknown): string | undefined {
  const fields = jsonObject(choice) ?? NO_FIELDS;
  const name = jsonObject(fields.function)?.name ?? fields.name;
  return typeof name === 'string' ? name : undefined;
}

function toolOf(tool: unknown): { readonly name: string | undefined; readonly schema: object | undefined } {
  const fields = jsonObject(tool) ?? NO_FIELDS;
  const described = jsonObject(fields.function) ?? fields;
  const { name } = described;
  return {
    name: typeof name === 'string' ? name : undefined,
    schema: jsonObject(described.parameters ?? described.input_schema),
  };
}
