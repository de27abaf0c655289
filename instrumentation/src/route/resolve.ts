/**
 * All evidence about one call in, its route out: the best kind of evidence that says anything. Pure. What the user's own scope
 * says stands above all of these and never comes here.
 */
import type { CallAnswer, CallRequest } from '../clients/call.ts';
import type { GatewaySaid } from '../gateways/gateways.ts';
import { declaredRoute } from './declared.ts';
import { gatewayRoute } from './gateway.ts';
import { type Failure, inferredRoute } from './inferred.ts';
import { providerRoute } from './provider.ts';
import type { Route } from './route.ts';

export interface RouteEvidence {
  readonly request: CallRequest;
  readonly answer: CallAnswer | undefined;
  readonly said: GatewaySaid | undefined;
  /** A failed call that this one may stand in for. */
  readonly failure: Failure | undefined;
  /** Of the monotonic clock, ms. */
  readonly began: number;
}

/**
 * Provider, gateway, declared model, then inference; with fallbacks declared and nothing served, the failure is the primary's.
 * Undefined where nothing is known: a route is never guessed.
 */
export function resolveRoute(evidence: RouteEvidence): Route | undefined {
  const { request, answer, said, failure, began } = evidence;
  const { declared } = request;
  if (answer === undefined) return unanswered(request);
  return (
    providerRoute(answer, declared) ??
    gatewayRoute(said, request, declared) ??
    declaredRoute(declared, said?.served ?? answer.model) ??
    inferredRoute(failure, request, began) ??
    (answer.complete ? undefined : unanswered(request))
  );
}

/** No answer came from any rung: the run began with the primary, and that is what is known of it. */
function unanswered({ declared }: CallRequest): Route | undefined {
  if (declared === undefined) return undefined;
  return { type: 'primary', source: 'declared', chain: declared.chain, target: declared.names[0], rank: 0 };
}
