/**
 * `doGenerate` and `doStream` of the AI SDK's language models: options and parts in, request and answer out. Text is gathered only where
 * somebody will judge it.
 */
import { count, fields, list, text } from '../base/read.ts';
import { reportedCost, requestBilling } from '../clients/billing.ts';
import { ended, isError, typeOfError } from '../clients/finish.ts';
import { forcedTool, schemaOf, signalOf, systemPrompt, type Tool } from '../clients/request-parts.ts';
import type { AnswerReader, CallAnswer, CallRequest, ToolInput } from '../types/call.ts';
import { placeOf } from './place.ts';
import { type FinishWords, finishBy, versionOf, withCached } from './specification.ts';

export function languageRequest(model: unknown, options: unknown, stream: boolean): CallRequest | undefined {
  if (versionOf(model) === undefined || typeof options !== 'object' || options === null) return undefined;
  const { prompt, responseFormat, abortSignal, providerOptions } = fields(options);
  const format = fields(responseFormat);
  const forced = toolOf(options);
  const json = format.type === 'json';
  return {
    operation: 'chat',
    ...placeOf(model),
    model: text(fields(model).modelId),
    stream,
    outputType: json ? 'json' : undefined,
    schema: json ? schemaOf(format.schema) : forced?.schema,
    schemaTool: json ? undefined : forced?.schemaTool,
    systemPrompt: systemPrompt(prompt),
    signal: signalOf({ signal: abortSignal }),
    billing: requestBilling({ service_tier: fields(fields(providerOptions).openai).serviceTier }),
  };
}

function toolOf(options: unknown): ReturnType<typeof forcedTool> {
  const { tools, toolChoice } = fields(options);
  const { type, toolName } = fields(toolChoice);
  if (type !== 'tool' && type !== 'required') return undefined;
  const described = list(tools).map((tool): Tool => {
    const { name, inputSchema } = fields(tool);
    return { name: text(name), schema: schemaOf(inputSchema) };
  });
  return forcedTool(described, type === 'tool' ? text(toolName) : undefined);
}

/** What `doGenerate` resolved to. `output`: text and tool inputs, too. */
export function languageAnswer(model: unknown, value: unknown, output: boolean): CallAnswer {
  const { content, finishReason, usage, response, providerMetadata } = fields(value);
  const gathered = gatherer(model, output);
  for (const part of list(content)) gathered.part(fields(part));
  const { id, modelId } = fields(response);
  gathered.source(text(id), text(modelId));
  gathered.finish(finishReason, usage, providerMetadata);
  return gathered.answer(true);
}

/** Reads the parts of what `doStream` resolved to. */
export function languageReader(model: unknown, output: boolean): AnswerReader {
  const gathered = gatherer(model, output);
  return {
    read(chunk) {
      const part = fields(chunk);
      switch (part.type) {
        case 'response-metadata':
          gathered.source(text(part.id), text(part.modelId));
          break;
        case 'finish':
          gathered.finish(part.finishReason, part.usage, part.providerMetadata);
          break;
        case 'error':
          gathered.error(part.error);
          break;
        default:
          gathered.part(part);
      }
    },
    answer: () => gathered.answer(false),
  };
}

type Fields = ReturnType<typeof fields>;

/** `content` of a whole answer and the parts of a stream have the same types, but for the deltas of a stream's. */
function gatherer(model: unknown, output: boolean) {
  const version = versionOf(model);
  let id: string | undefined;
  let served: string | undefined;
  let words: FinishWords | undefined;
  let usage: CallAnswer['usage'];
  let rawUsage: unknown;
  let providerMetadata: unknown;
  let failure: unknown;
  let produced = false;
  let written = '';
  const tools: ToolInput[] = [];

  return {
    source(newId: string | undefined, newModel: string | undefined): void {
      id = newId ?? id;
      served = newModel ?? served;
    },
    part({ type, text: whole, delta, toolName, input }: Fields): void {
      if (type === 'text' || type === 'text-delta') {
        const piece = text(whole) ?? text(delta) ?? '';
        produced ||= piece !== '';
        if (output) written += piece;
      } else if (type === 'tool-call') {
        produced = true;
        if (output) tools.push({ name: text(toolName), input });
      } else if (type === 'file') produced = true;
    },
    finish(reason: unknown, used: unknown, metadata: unknown): void {
      words = version?.finish(reason);
      usage = withCached(version?.usage(used), metadata);
      rawUsage = fields(used).raw;
      providerMetadata = metadata;
    },
    error(error: unknown): void {
      if (isError(error)) failure ??= error;
    },
    answer(whole: boolean): CallAnswer {
      const signs = { produced, refused: false, failed: isError(failure) };
      const came = whole || words !== undefined;
      const found = came ? finishBy(words ?? NO_WORDS, signs) : undefined;
      const { openrouter, openai } = fields(providerMetadata);
      return {
        // An error in a stream ends it, whatever came before.
        ...ended(signs.failed && !whole ? 'error' : found?.finish),
        id,
        model: served,
        finishReasons: found?.finishReasons,
        usage,
        usageCost: reportedCost(rawUsage) ?? count(fields(fields(openrouter).usage).cost),
        billing: requestBilling({ service_tier: fields(openai).serviceTier }),
        providerMetadata,
        errorType: typeOfError(failure),
        text: output ? written : undefined,
        toolInputs: output ? tools : undefined,
      };
    },
  };
}

const NO_WORDS: FinishWords = { unified: undefined, raw: undefined };
