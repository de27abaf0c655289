/**
 * Kong's AI proxy: https://developer.konghq.com/plugins/ai-proxy/. It balances load as well, so that the model alone is no fallback. The
 * cache's header is that of its caching plugins.
 */
import { text } from '../clients/read.ts';
import { type Gateway, hasAny, hit, providerAndModel } from './gateway.ts';

export const KONG: Gateway = {
  name: 'kong',
  read({ header }) {
    const served = text(header('x-kong-llm-model'));
    if (served === undefined && !hasAny(header, OTHERS)) return undefined;
    return { served, cache: hit(header('x-cache-status')), billed: providerAndModel(served) };
  },
};

const OTHERS = ['x-kong-upstream-latency', 'x-kong-proxy-latency', 'x-kong-request-id'];
