/**
 * OpenRouter: https://openrouter.ai/docs/api-reference/overview#usage, it reports a cost beside the tokens, and the body's model served.
 * https://openrouter.ai/docs/guides/routing/model-fallbacks: models are tried in order after any error; the error that comes back is
 * that of the last one.
 */
import { fields, text } from '../base/read.ts';
import { allBefore, type Gateway } from './gateway.ts';

export const OPENROUTER: Gateway = {
  name: 'openrouter',
  read({ answer, error, request }) {
    if (answer !== undefined) return answer.usageCost === undefined ? undefined : { served: answer.model };
    // An error of OpenRouter's own (its key, its credits) names no provider.
    const { metadata } = fields(fields(error).error);
    if (request.declared?.system !== 'openrouter' || text(fields(metadata).provider_name) === undefined)
      return undefined;
    const rung = request.declared.names.length - 1;
    return { rung, failed: allBefore(rung) };
  },
};
