/**
 * Kong's AI proxy: https://developer.konghq.com/plugins/ai-proxy/. It balances load as well, so that the model alone is no fallback. The
 * cache's header is that of its caching plugins.
 */
import { text } from '../base/read.ts';
import { type Gateway, hit, providerAndModel, type Signs } from './gateway.ts';

export const KONG: Gateway = {
  name: 'kong',
  read({ header }) {
    const served = text(header('x-kong-llm-model'));
    // Others write that header, too.
    const cache = hit(header('x-cache-status'));
    if (served === undefined && (cache === undefined || !isKong(header))) return undefined;
    return { served, cache, billed: providerAndModel(served) };
  },
};

function isKong(header: Signs['header']): boolean {
  return ['x-kong-proxy-latency', 'x-kong-upstream-latency', 'x-kong-request-id'].some(
    (name) => header(name) !== undefined,
  );
}
