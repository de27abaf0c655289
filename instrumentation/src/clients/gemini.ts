/**
 * Gemini's `generateContent`, whichever of Google's clients asks for it: parameters and answers in, request and answer out. Chunks of a
 * stream are as whole answers are.
 */
import { type FinishOutcome, worseFinish } from '@warmspare/semconv';
import { count, fields, list, text } from '../base/read.ts';
import type { AnswerFormat, AnswerReader, CallAnswer, CallRequest, TokenUsage, ToolInput } from '../types/call.ts';
import { ended, finishOf } from './finish.ts';
import { geminiSchema } from './gemini-schema.ts';
import { forcedTool, schemaOf, textOf } from './request-parts.ts';
import { streamSource } from './stream-source.ts';
import { streamedChoices } from './streamed-choices.ts';

type Fields = ReturnType<typeof fields>;

/** https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */
export const GEMINI: AnswerFormat = {
  isAnswer: isGemini,
  answer: geminiAnswer,
  isChunk: isGemini,
  reader: geminiReader,
};

/** What a request asks for by its generation config, its tools and its system instruction. */
export function geminiParts(
  config: Fields,
  { tools, toolConfig, systemInstruction }: Fields,
): Pick<CallRequest, 'outputType' | 'schema' | 'schemaTool' | 'systemPrompt'> {
  const { responseMimeType, responseJsonSchema, responseSchema } = config;
  const format = schemaOf(responseJsonSchema) ?? geminiSchema(responseSchema);
  const forced = toolOf(tools, toolConfig);
  const isJson = responseMimeType === 'application/json' || format !== undefined;
  return {
    outputType: isJson ? 'json' : responseMimeType === 'text/plain' ? 'text' : undefined,
    schema: forced?.schema ?? format,
    schemaTool: forced?.schemaTool,
    systemPrompt: systemInstruction === undefined ? undefined : text(instruction(systemInstruction)),
  };
}

/** A text, a part, parts, or a content with parts. */
function instruction(given: unknown): string {
  if (typeof given === 'string') return given;
  const parts = Array.isArray(given) ? given : (fields(given).parts ?? [given]);
  return textOf(list(parts).map((part) => (typeof part === 'string' ? { text: part } : part)));
}

function toolOf(tools: unknown, toolConfig: unknown): ReturnType<typeof forcedTool> {
  const { mode, allowedFunctionNames } = fields(fields(toolConfig).functionCallingConfig);
  if (mode !== 'ANY') return undefined;
  const allowed = list(allowedFunctionNames);
  if (allowed.length > 1) return undefined;
  const described = list(tools)
    .flatMap((tool) => list(fields(tool).functionDeclarations))
    .map((tool) => {
      const { name, parameters, parametersJsonSchema } = fields(tool);
      return { name: text(name), schema: schemaOf(parametersJsonSchema) ?? geminiSchema(parameters) };
    });
  return forcedTool(described, text(allowed[0]));
}

/** `gemini-3-pro` of `models/gemini-3-pro` and of `projects/p/locations/l/publishers/google/models/gemini-3-pro`. */
export function geminiModel(model: unknown): string | undefined {
  return text(model)?.replace(/^(?:.*\/)?models\//, '');
}

/** An older client puts the answer into an object of its own. */
function bodyOf(value: unknown): Fields {
  const own = fields(value);
  return own.candidates === undefined && typeof own.response === 'object' ? fields(own.response) : own;
}

function isGemini(value: unknown): boolean {
  const { candidates, promptFeedback, usageMetadata, modelVersion } = bodyOf(value);
  const [first] = list(candidates);
  if (typeof first === 'object' && first !== null)
    return 'finishReason' in first || 'parts' in fields(fields(first).content);
  return fields(promptFeedback).blockReason !== undefined && (usageMetadata ?? modelVersion) !== undefined;
}

function partsOf(candidate: Fields): readonly unknown[] {
  return list(fields(candidate.content).parts);
}

/** Of what the model thinks, nothing is part of the answer. */
const isText = (part: unknown): boolean => fields(part).thought !== true && text(fields(part).text) !== undefined;

function toolInputs(parts: readonly unknown[]): readonly ToolInput[] {
  return parts
    .map((part) => fields(part).functionCall)
    .filter((called) => typeof called === 'object' && called !== null)
    .map((called) => ({ name: text(fields(called).name), input: fields(called).args ?? {} }));
}

function geminiAnswer(value: unknown, output: boolean): CallAnswer {
  const body = bodyOf(value);
  const candidates = list(body.candidates).map((candidate) => fields(candidate));
  const blocked = text(fields(body.promptFeedback).blockReason);
  let finish: FinishOutcome | undefined;
  for (const candidate of candidates) {
    const produced = partsOf(candidate).length > 0;
    const end = finishOf(text(candidate.finishReason), { produced, refused: false, failed: false });
    finish = finish === undefined ? end : worseFinish(finish, end);
  }
  const parts = partsOf(fields(candidates[0]));
  const words = candidates.flatMap((candidate) => text(candidate.finishReason) ?? []);
  return {
    ...ended(blockedOr(finish, blocked) ?? 'error'),
    id: text(body.responseId),
    model: geminiModel(body.modelVersion),
    finishReasons: words.length === 0 && blocked !== undefined ? [blocked] : words,
    usage: geminiUsage(body.usageMetadata),
    text: output ? textOf(parts.filter(isText), '') : undefined,
    toolInputs: output ? toolInputs(parts) : undefined,
  };
}

/** A prompt that was turned down has no candidates. */
function blockedOr(finish: FinishOutcome | undefined, blocked: string | undefined): FinishOutcome | undefined {
  if (blocked === undefined) return finish;
  const refused = finishOf(blocked, { produced: false, refused: true, failed: false });
  return finish === undefined ? refused : worseFinish(finish, refused);
}

function geminiReader(output: boolean): AnswerReader {
  const source = streamSource();
  const choices = streamedChoices();
  let blocked: string | undefined;
  let usage: TokenUsage | undefined;
  let written = '';
  const tools: ToolInput[] = [];
  return {
    read(chunk) {
      const body = bodyOf(chunk);
      source.saw(text(body.responseId), geminiModel(body.modelVersion));
      usage = geminiUsage(body.usageMetadata) ?? usage;
      blocked = text(fields(body.promptFeedback).blockReason) ?? blocked;
      for (const entry of list(body.candidates)) {
        const candidate = fields(entry);
        const index = count(candidate.index) ?? 0;
        const parts = partsOf(candidate);
        choices.saw(index, text(candidate.finishReason), parts.length > 0, false, false);
        if (!output || index > 0) continue;
        written += textOf(parts.filter(isText), '');
        tools.push(...toolInputs(parts));
      }
    },
    answer() {
      const words = choices.words();
      return {
        ...source.answered(),
        ...ended(blockedOr(choices.finish(), blocked)),
        finishReasons: words.length === 0 && blocked !== undefined ? [blocked] : words,
        usage,
        text: output ? written : undefined,
        toolInputs: output ? tools : undefined,
      };
    },
  };
}

/** Google counts what a model thinks beside what it writes, and what its own tools read beside the prompt. */
function geminiUsage(usage: unknown): TokenUsage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const {
    promptTokenCount,
    toolUsePromptTokenCount,
    candidatesTokenCount,
    thoughtsTokenCount,
    cachedContentTokenCount,
  } = fields(usage);
  const input = count(promptTokenCount);
  const output = count(candidatesTokenCount);
  const reasoning = count(thoughtsTokenCount);
  if (input === undefined && output === undefined && reasoning === undefined) return undefined;
  return {
    input: input === undefined ? undefined : input + (count(toolUsePromptTokenCount) ?? 0),
    output: output === undefined && reasoning === undefined ? undefined : (output ?? 0) + (reasoning ?? 0),
    cacheRead: count(cachedContentTokenCount),
    reasoning,
  };
}
