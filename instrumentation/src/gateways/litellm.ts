/**
 * LiteLLM's proxy: https://docs.litellm.ai/docs/proxy/response_headers. A target is a model group. The body's model is rewritten to
 * the requested name, so that only the header tells which group served; the number of fallbacks is a depth and no place in a list.
 */
import { failedGroups, sameModel } from '@warmspare/semconv';
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

/** The fallbacks that a message says failed, too; it counts only where it names the group that was asked for. */
function failedFallbacks(error: unknown, asked: string | undefined): readonly FailedTry[] | undefined {
  const message = asked === undefined ? undefined : messageOf(error);
  const said = message === undefined ? undefined : failedGroups(message, asked);
  return said?.fallbacks.map((name) => ({ name, errorType: said.errorType }));
}

/** In the form of OpenAI's API, and of Anthropic's, whose clients keep the whole body. */
function messageOf(error: unknown): string | undefined {
  const body = fields(fields(error).error);
  return text(fields(body.error).message) ?? text(body.message) ?? text(fields(error).message);
}
