/** Bifrost, transports/bifrost-http: the index only where a fallback served (1 is the first), the routing info always. Fallbacks may be passed over. */
import { sameModel } from '@warmspare/semconv';
import { text } from '../base/read.ts';
import { type Gateway, integer, primaryFailed } from './gateway.ts';

export const BIFROST: Gateway = {
  name: 'bifrost',
  read({ header, answer, request }) {
    const index = integer(header('x-bifrost-fallback-index'));
    const isFallback = header('x-bifrost-routing-info-is-fallback')?.toLowerCase();
    const named = text(header('x-bifrost-routing-info-model'));
    const provider = text(header('x-bifrost-routing-info-provider')) ?? text(header('x-bifrost-provider'));
    if (index === undefined && isFallback === undefined && named === undefined && provider === undefined) {
      return undefined;
    }
    const model = named ?? answer?.model;
    const primary = text(header('x-bifrost-routing-info-primary-provider'));
    // The same model at another provider is another target.
    const moved = provider !== undefined && primary !== undefined && provider !== primary;
    const same = model !== undefined && request.model !== undefined && sameModel(model, request.model);
    const rung = index ?? (isFallback === 'false' ? 0 : undefined);
    const fell = (rung ?? 0) > 0 || isFallback === 'true';
    return {
      // Two headers that disagree.
      unclear: (index ?? 0) > 0 && isFallback === 'false',
      rung,
      fallback: rung === undefined && fell,
      served: fell && same && moved ? `${model} (${provider})` : model,
      failed: primaryFailed(fell),
      billed: { provider, model: named },
    };
  },
};
