/** What a gateway said of the call, as a route. Pure. */
import type { CallRequest } from '../clients/call.ts';
import { errorType, triggerReason } from '../error-reason.ts';
import type { GatewaySaid } from '../gateways/gateways.ts';
import { rungOf } from './declared.ts';
import type { Declaration, Route } from './route.ts';

/**
 * A gateway's cache, or the rung that it says served. Rung 0 is called primary only where fallbacks are known: without any,
 * it is the primary of nothing.
 */
export function gatewayRoute(
  said: GatewaySaid | undefined,
  request: Pick<CallRequest, 'model' | 'chain'>,
  declaration: Declaration | undefined,
): Route | undefined {
  if (said === undefined) return undefined;
  if (said.cache !== undefined) return { type: 'cache', source: 'gateway', cacheType: said.cache };
  if (said.rung === undefined) return undefined;
  if (said.rung === 0) {
    if (declaration === undefined) return undefined;
    return { type: 'primary', source: 'gateway', chain: declaration.chain, target: declaration.names[0], rank: 0 };
  }
  const named = rungOf(declaration, said.served);
  const rank = named === undefined || named === 0 ? said.rung : named;
  const chain =
    declaration?.chain ??
    request.chain ??
    (request.model === undefined ? undefined : `${said.gateway}:${request.model}`);
  const target = declaration?.names[rank] ?? said.served;
  const route = {
    type: 'fallback',
    source: 'gateway',
    chain: target === undefined ? undefined : chain,
    target,
    rank,
  } as const;
  const { failure } = said;
  if (failure === undefined) return route;
  return { ...route, triggerReason: triggerReason(failure), primaryErrorType: errorType(failure) };
}
