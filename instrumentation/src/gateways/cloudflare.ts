/** Cloudflare's AI Gateway: https://developers.cloudflare.com/ai-gateway/configuration/fallbacks/. Steps are tried in order, 0 is the primary. */
import { allBefore, type Gateway, hit, integer } from './gateway.ts';

export const CLOUDFLARE: Gateway = {
  name: 'cloudflare',
  read({ header, answer }) {
    const rung = integer(header('cf-aig-step'));
    const status = header('cf-aig-cache-status');
    if (rung === undefined && status === undefined) return undefined;
    return { rung, served: answer?.model, failed: allBefore(rung), cache: hit(status) };
  },
};
