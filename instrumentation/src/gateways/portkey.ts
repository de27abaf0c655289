/**
 * Portkey: https://portkey.ai/docs/api-reference/inference-api/response-schema. The option index is a path into the config, on answers
 * and on errors alike. The config may be of any strategy, so that a place is told only where the request's own config shows the ladder.
 */
import type { CacheType } from '@warmspare/semconv';
import { text } from '../base/read.ts';
import type { Declaration } from '../types/declaration.ts';
import { allBefore, type Gateway, hit, type Signs } from './gateway.ts';

export const PORTKEY: Gateway = {
  name: 'portkey',
  read({ header, answer, request }) {
    // The gateway broke off: no target of its was asked, or none answered.
    if (header('x-portkey-gateway-exception') === 'true') return { broke: true };
    const path = text(header('x-portkey-last-used-option-index'));
    const status = header('x-portkey-cache-status');
    const provider = text(header('x-portkey-provider'));
    if (path === undefined && status === undefined && provider === undefined) return undefined;
    return {
      served: answer?.model,
      cache: cacheOf(status),
      billed: { provider },
      ...placeOf(path, request),
    };
  },
};

function placeOf(path: string | undefined, { declared, ladders = listOf(declared) }: Signs['request']) {
  if (path === undefined || ladders.length === 0) return undefined;
  for (const ladder of ladders) {
    const rung = ladder.paths?.findIndex((own) => path.startsWith(own)) ?? -1;
    if (rung !== -1) return { ladder, rung, failed: ladder.strict === true ? allBefore(rung) : undefined };
  }
  // Load was balanced past every ladder.
  return { unclear: true };
}

function listOf(declared: Declaration | undefined): readonly Declaration[] {
  return declared?.system === 'portkey' ? [declared] : [];
}

function cacheOf(status: string | undefined): CacheType | undefined {
  return status?.toUpperCase() === 'SEMANTIC HIT' ? 'semantic' : hit(status);
}
