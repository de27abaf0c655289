/**
 * Vercel's AI Gateway: https://vercel.com/docs/ai-gateway/models-and-providers/provider-options. The body's model stays the requested
 * one; the models that were tried stand in the metadata, in order.
 */
import { sameModel } from '@warmspare/semconv';
import { fields, list, text } from '../base/read.ts';
import { dollars, type FailedTry, type Gateway, type Signs } from './gateway.ts';

export const VERCEL: Gateway = {
  name: 'vercel',
  read({ answer, request }) {
    const gateway = fields(fields(answer?.providerMetadata).gateway);
    const routing = fields(gateway.routing);
    const asked = text(routing.originalModelId);
    if (asked === undefined) return undefined;
    const attempts = list(routing.modelAttempts).map((attempt) => fields(attempt));
    const winner = attempts.find(({ success }) => success === true);
    const served = text(winner?.modelId) ?? text(routing.canonicalSlug);
    const fell = served !== undefined && !sameModel(asked, served);
    return {
      served,
      rung: fell ? placeOf(served, attempts, request) : 0,
      fallback: fell,
      failed: failedIn(attempts, asked, served),
      cost: dollars(gateway.cost),
      billed: { provider: text(routing.finalProvider), model: served },
    };
  },
};

type Attempt = Readonly<Record<string, unknown>>;

/** Among those that were tried. Where the request has a list of its own, the name tells: some of that may have been passed over. */
function placeOf(served: string, attempts: readonly Attempt[], { declared }: Signs['request']): number | undefined {
  if (declared !== undefined) return undefined;
  return Math.max(1, [...new Set(attempts.map(({ modelId }) => text(modelId)))].indexOf(served));
}

const MAX_ATTEMPTS = 16;

function failedIn(
  attempts: readonly Attempt[],
  asked: string,
  served: string | undefined,
): readonly FailedTry[] | undefined {
  const failed = attempts
    .slice(0, MAX_ATTEMPTS)
    .flatMap(({ modelId, success }) => (success === false ? [text(modelId)] : []))
    .filter((model) => model !== undefined && model !== served);
  if (failed.length === 0) return undefined;
  return [...new Set(failed)].map((name) => (name === asked ? { rung: 0 } : { name }));
}
