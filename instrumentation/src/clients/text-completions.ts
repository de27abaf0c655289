/** The old `completions.create`: body and chunks in, request and answer out. It has no schema and no system prompt. */
import { type FinishOutcome, worseFinish } from '@warmspare/semconv';
import { count, fields, list, text } from '../base/read.ts';
import type { AnswerFormat, AnswerReader, CallAnswer, CallRequest, Operation } from '../types/call.ts';
import { answerBilling, reportedCost, requestBilling } from './billing.ts';
import { chatUsage } from './chat-completions.ts';
import { declaringBody } from './declared-lists.ts';
import { endpointOf } from './endpoint.ts';
import { ended, finishOf, isError, typeOfError } from './finish.ts';
import { signalOf } from './request-parts.ts';
import { streamSource } from './stream-source.ts';
import { streamedChoices } from './streamed-choices.ts';

const TEXT_ANSWERS: AnswerFormat = {
  isAnswer: isTextCompletion,
  answer: textAnswer,
  // Chunks are as whole answers are.
  isChunk: isTextCompletion,
  reader: textReader,
};

/** Reads text completions. `library` is the provider that the client library was made for. */
export function textCompletions(library: string): Operation {
  return {
    ...TEXT_ANSWERS,
    request: (resource, body, options) => textRequest(resource, body, options, library),
    declaring: declaringBody,
  };
}

function textRequest(resource: unknown, body: unknown, options: unknown, library: string): CallRequest | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { model, stream } = fields(body);
  return {
    operation: 'text_completion',
    ...endpointOf(fields(resource)._client, library),
    model: text(model),
    stream: stream === true,
    outputType: undefined,
    schema: undefined,
    systemPrompt: undefined,
    signal: signalOf(options),
    billing: requestBilling(body),
  };
}

function isTextCompletion(value: unknown): boolean {
  const { object, choices } = fields(value);
  if (object === 'text_completion') return true;
  const first = fields(list(choices)[0]);
  return typeof first.text === 'string' && 'finish_reason' in first;
}

function textAnswer(body: unknown, output: boolean): CallAnswer {
  const { id, model, choices, usage, error } = fields(body);
  const all = list(choices).map((choice) => fields(choice));
  let finish: FinishOutcome | undefined;
  for (const choice of all) {
    const signs = { produced: text(choice.text) !== undefined, refused: false, failed: isError(error) };
    const end = finishOf(text(choice.finish_reason), signs);
    finish = finish === undefined ? end : worseFinish(finish, end);
  }
  return {
    ...ended(finish ?? 'error'),
    id: text(id),
    model: text(model),
    finishReasons: all.flatMap((choice) => text(choice.finish_reason) ?? []),
    usage: chatUsage(usage),
    usageCost: reportedCost(usage),
    billing: answerBilling(body),
    errorType: typeOfError(error),
    text: output ? (text(all[0]?.text) ?? '') : undefined,
  };
}

function textReader(): AnswerReader {
  const source = streamSource();
  const choices = streamedChoices();
  let last: CallAnswer = { complete: false };
  let failure: unknown;
  return {
    read(chunk) {
      const { id, model, choices: parts, usage, error } = fields(chunk);
      source.saw(text(id), text(model));
      if (isError(error)) failure ??= error;
      for (const part of list(parts)) {
        const choice = fields(part);
        choices.saw(
          count(choice.index) ?? 0,
          text(choice.finish_reason),
          text(choice.text) !== undefined,
          false,
          false,
        );
      }
      last = {
        complete: false,
        usage: chatUsage(usage) ?? last.usage,
        usageCost: reportedCost(usage) ?? last.usageCost,
        billing: answerBilling(chunk) ?? last.billing,
      };
    },
    answer: () => ({
      ...last,
      ...source.answered(),
      ...ended(failure === undefined ? choices.finish() : 'error'),
      finishReasons: choices.words(),
      errorType: typeOfError(failure),
    }),
  };
}
