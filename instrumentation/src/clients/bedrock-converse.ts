/** Bedrock's Converse API, which Amazon's own models speak as well: input and output in, request and answer out. */
import { count, fields, list, text } from '../base/read.ts';
import type { AnswerFormat, AnswerReader, CallAnswer, CallRequest, TokenUsage, ToolInput } from '../types/call.ts';
import { ended, finishOf } from './finish.ts';
import { forcedTool, schemaOf, textOf } from './request-parts.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const CONVERSE: AnswerFormat = {
  isAnswer: isConverse,
  answer: converseAnswer,
  isChunk: isConverseChunk,
  reader: converseReader,
  streamIn,
};

/** What an input asks for by its output config, its tools and its system prompt. */
export function converseParts(
  input: unknown,
): Pick<CallRequest, 'outputType' | 'schema' | 'schemaTool' | 'systemPrompt'> {
  const { system, toolConfig, outputConfig } = fields(input);
  const { type, structure } = fields(fields(outputConfig).textFormat);
  const format = type === 'json_schema' ? parsed(fields(fields(structure).jsonSchema).schema) : undefined;
  const { tools, toolChoice } = fields(toolConfig);
  const { tool, any } = fields(toolChoice);
  const described = list(tools).map((each) => {
    const { name, inputSchema } = fields(fields(each).toolSpec);
    return { name: text(name), schema: schemaOf(fields(inputSchema).json) };
  });
  const forced = tool === undefined && any === undefined ? undefined : forcedTool(described, text(fields(tool).name));
  return {
    outputType: format === undefined ? undefined : 'json',
    schema: forced?.schema ?? format,
    schemaTool: forced?.schemaTool,
    systemPrompt: system === undefined ? undefined : text(textOf(system)),
  };
}

/** Schemas come as text: the same text is the same object, so that it is compiled once. */
const MAX_SCHEMAS = 128;
const schemas = new Map<string, object | undefined>();

function parsed(json: unknown): object | undefined {
  if (typeof json !== 'string') return schemaOf(json);
  if (schemas.has(json)) return schemas.get(json);
  let schema: object | undefined;
  try {
    schema = schemaOf(JSON.parse(json));
  } catch {
    // The provider will say so.
  }
  if (schemas.size >= MAX_SCHEMAS) schemas.clear();
  schemas.set(json, schema);
  return schema;
}

function isConverse(value: unknown): boolean {
  const { output, stopReason } = fields(value);
  return typeof stopReason === 'string' && Array.isArray(fields(fields(output).message).content);
}

function isConverseChunk(value: unknown): boolean {
  const { messageStart, contentBlockStart, contentBlockDelta, messageStop } = fields(value);
  return [messageStart, contentBlockStart, contentBlockDelta, messageStop].some((part) => typeof part === 'object');
}

function streamIn(value: unknown): AsyncIterable<unknown> | undefined {
  const { stream, $metadata } = fields(value);
  if (typeof $metadata !== 'object' || typeof stream !== 'object' || stream === null) return undefined;
  return Symbol.asyncIterator in stream ? (stream as AsyncIterable<unknown>) : undefined;
}

function converseAnswer(value: unknown, output: boolean): CallAnswer {
  const { output: given, stopReason, usage, trace } = fields(value);
  const content = list(fields(fields(given).message).content);
  const stop = text(stopReason);
  return {
    ...ended(finishOf(stop, { produced: content.length > 0, refused: false, failed: false })),
    finishReasons: stop === undefined ? [] : [stop],
    model: routedModel(trace),
    usage: converseUsage(usage),
    text: output ? textOf(content, '') : undefined,
    toolInputs: output ? toolInputs(content) : undefined,
  };
}

/** A prompt router says which of its models answered, by the end of its ARN. */
function routedModel(trace: unknown): string | undefined {
  return text(fields(fields(trace).promptRouter).invokedModelId)?.replace(/^arn:.*\//, '');
}

function toolInputs(content: readonly unknown[]): readonly ToolInput[] {
  return content
    .map((block) => fields(block).toolUse)
    .filter((tool) => typeof tool === 'object' && tool !== null)
    .map((tool) => ({ name: text(fields(tool).name), input: fields(tool).input }));
}

function converseReader(output: boolean): AnswerReader {
  let stop: string | undefined;
  let usage: TokenUsage | undefined;
  let model: string | undefined;
  let produced = false;
  let written = '';
  const tools = new Map<unknown, { name: string | undefined; input: string }>();
  return {
    read(event) {
      const { contentBlockStart, contentBlockDelta, messageStop, metadata } = fields(event);
      const { start, contentBlockIndex: at } = fields(contentBlockStart);
      const { delta, contentBlockIndex } = fields(contentBlockDelta);
      produced ||= contentBlockStart !== undefined || contentBlockDelta !== undefined;
      stop = text(fields(messageStop).stopReason) ?? stop;
      usage = converseUsage(fields(metadata).usage) ?? usage;
      model = routedModel(fields(metadata).trace) ?? model;
      if (!output) return;
      const { toolUse } = fields(start);
      if (toolUse !== undefined) tools.set(at, { name: text(fields(toolUse).name), input: '' });
      written += text(fields(delta).text) ?? '';
      const tool = tools.get(contentBlockIndex);
      if (tool !== undefined) tool.input += text(fields(fields(delta).toolUse).input) ?? '';
    },
    answer: () => ({
      ...ended(stop === undefined ? undefined : finishOf(stop, { produced, refused: false, failed: false })),
      finishReasons: stop === undefined ? [] : [stop],
      model,
      usage,
      text: output ? written : undefined,
      toolInputs: output ? [...tools.values()].map(({ name, input }) => ({ name, input: input || '{}' })) : undefined,
    }),
  };
}

/** Cached tokens stand beside the input, as with Anthropic. */
function converseUsage(usage: unknown): TokenUsage | undefined {
  const { inputTokens, outputTokens, ...cached } = fields(usage);
  const input = count(inputTokens);
  const output = count(outputTokens);
  if (input === undefined && output === undefined) return undefined;
  // Amazon's models name them in their own way where they are asked past Converse.
  const cacheRead = count(cached.cacheReadInputTokens) ?? count(cached.cacheReadInputTokenCount);
  const cacheWrite = count(cached.cacheWriteInputTokens) ?? count(cached.cacheWriteInputTokenCount);
  return { input: (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0), output, cacheRead, cacheWrite };
}
