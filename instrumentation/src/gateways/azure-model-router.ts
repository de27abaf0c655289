/**
 * Azure's model router: https://learn.microsoft.com/azure/foundry/openai/how-to/monitor-model-router. It ranks the models anew for each
 * request (`routing_config.models` is a pool, no ladder): only what it tried after a failure is a fallback.
 */

import { errorType } from '../base/error-reason.ts';
import { count, fields, list, text } from '../base/read.ts';
import type { FailedTry, Gateway } from './gateway.ts';

export const AZURE_MODEL_ROUTER: Gateway = {
  name: 'azure_model_router',
  read({ answer }) {
    const trace = list(fields(fields(answer?.modelSelection).model_router_details).routing_trace);
    const attempts = list(fields(trace.at(-1)).attempts).map((attempt) => fields(attempt));
    if (attempts.length === 0) return undefined;
    const served = text(attempts.at(-1)?.model);
    const fell = attempts.length > 1 && attempts[0]?.model !== served;
    return {
      served: served ?? answer?.model,
      rung: fell ? attempts.length - 1 : 0,
      failed: fell ? attempts.slice(0, -1).map(failedTry) : undefined,
    };
  },
};

/** The first choice of the router is what was asked for; the later ones have names. */
function failedTry({ model, result }: Readonly<Record<string, unknown>>, index: number): FailedTry {
  const { status, error } = fields(result);
  const failure = errorType({ status: count(status), code: text(fields(error).code) });
  return index === 0 ? { rung: 0, errorType: failure } : { name: text(model), errorType: failure };
}
