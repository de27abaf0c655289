/** Helicone, worker/src/routers/gatewayRouter.ts: the index into the fallbacks, which are tried in order; 0 is the first. It stands on the last one's error, too. */
import { allBefore, type Gateway, hit, integer } from './gateway.ts';

export const HELICONE: Gateway = {
  name: 'helicone',
  read({ header, answer }) {
    const rung = integer(header('helicone-fallback-index'));
    const status = header('helicone-cache');
    if (rung === undefined && status === undefined) return undefined;
    return { rung, served: answer?.model, failed: allBefore(rung), cache: hit(status) };
  },
};
