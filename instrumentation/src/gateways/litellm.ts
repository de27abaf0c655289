/**
 * LiteLLM's proxy: https://docs.litellm.ai/docs/proxy/response_headers. A target is a model group. The body's model is rewritten to
 * the requested name, so that only the header tells which group served; the number of fallbacks is a depth and no place in a list.
 */
import { errorClass, sameModel } from '@warmspare/semconv';
import { ranksOf } from '../base/ranks.ts';
import { fields, text } from '../base/read.ts';
import {
  dollars,
  type FailedTry,
  type Gateway,
  type GatewaySaid,
  integer,
  primaryFailed,
  providerAndModel,
} from './gateway.ts';

export const LITELLM: Gateway = {
  name: 'litellm',
  read({ header, answer, error, request }) {
    const failed = error === undefined ? undefined : failedFallbacks(error, request.model);
    // The error that comes back is the requested group's, whatever its fallbacks failed with.
    if (failed !== undefined) return { rung: 0, served: request.model, failed };
    const fallbacks = integer(header('x-litellm-attempted-fallbacks'));
    const group = text(header('x-litellm-model-group'));
    // The key comes with hits only.
    const cache = header('x-litellm-cache-key') === undefined ? undefined : ('exact' as const);
    const cost = dollars(header('x-litellm-response-cost'));
    const billed = providerAndModel(header('x-litellm-model-name'));
    if ([fallbacks, group, cache, cost, billed].every((said) => said === undefined)) return undefined;
    const billing = { cache, cost, billed };
    if (answer?.changedModel === true) return { ...billing, ...handedOn(answer.model, request.model, group) };
    if (fallbacks === undefined || fallbacks === 0) return { ...billing, rung: fallbacks, served: group };
    // Another deployment of the same group is counted, too.
    if (group === request.model) return { ...billing, rung: 0, served: group };
    if (group !== undefined) return { ...billing, fallback: true, served: group, failed: primaryFailed(true) };
    // Without the group's name it may have been another deployment of the same group, unless the answer is a declared fallback's.
    const [rank, ...more] = ranksOf(request.declared, answer?.model);
    if (rank === undefined || rank === 0 || more.length > 0) return { ...billing, unclear: true };
    return { ...billing, rung: rank, served: answer?.model, failed: primaryFailed(true) };
  },
};

/** A stream goes on with a fallback where the group that the headers name breaks before its first text. Only the model tells which one. */
function handedOn(
  served: string | undefined,
  asked: string | undefined,
  began: string | undefined,
): Omit<GatewaySaid, 'gateway'> {
  if (served === undefined || asked === undefined || sameModel(served, asked)) return { unclear: true };
  const broke = began === undefined || began === asked ? [] : [{ name: began }];
  return { handedOn: true, fallback: true, served, failed: [{ rung: 0 }, ...broke] };
}

/** Longer messages are read up to here. */
const MESSAGE_LENGTH = 16_384;
const MAX_NAMES = 16;
const MAX_NAME_LENGTH = 200;

/**
 * The fallbacks that a message says failed, too. LiteLLM writes which in a sentence of its own below the first error, from 1.100 on as
 * `LiteLLM: model group 'a' failed with the error above. Fallback to b, c also failed: ...`, before as `Received Model Group=a`,
 * `Available Model Group Fallbacks=['b', 'c']` and `Error doing the fallback: ...` in lines. Nothing else of a message is read, and the
 * sentence counts only where it names the group that was asked for.
 */
function failedFallbacks(error: unknown, asked: string | undefined): readonly FailedTry[] | undefined {
  if (asked === undefined) return undefined;
  const message = messageOf(error)?.slice(0, MESSAGE_LENGTH);
  if (message === undefined) return undefined;
  const found =
    between(message, `LiteLLM: model group '${asked}' failed with the error above. Fallback to `, ' also failed: ') ??
    between(
      message,
      `Received Model Group=${asked}\nAvailable Model Group Fallbacks=[`,
      ']\nError doing the fallback: ',
    );
  if (found === undefined) return undefined;
  const names = found.inside
    .split(', ')
    .map((name) => name.replace(/^(['"])(.*)\1$/, '$2'))
    .filter((name) => name.length <= MAX_NAME_LENGTH && /^[^'"{}[\]\n]+$/.test(name));
  if (names.length === 0) return undefined;
  const [, word = ''] = /^litellm\.(\w{1,64})/.exec(found.rest) ?? [];
  // Of several it does not say which one ended like that.
  const errorType = names.length === 1 && errorClass(word) !== undefined ? word : undefined;
  return names.slice(0, MAX_NAMES).map((name) => ({ name, errorType }));
}

function between(message: string, start: string, end: string): { inside: string; rest: string } | undefined {
  const from = message.indexOf(start);
  const to = from === -1 ? -1 : message.indexOf(end, from + start.length);
  if (to === -1) return undefined;
  return { inside: message.slice(from + start.length, to), rest: message.slice(to + end.length) };
}

/** In the form of OpenAI's API, and of Anthropic's, whose clients keep the whole body. */
function messageOf(error: unknown): string | undefined {
  const body = fields(fields(error).error);
  return text(fields(body.error).message) ?? text(body.message) ?? text(fields(error).message);
}
