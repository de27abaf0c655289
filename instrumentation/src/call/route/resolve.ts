/**
 * All evidence about one call in, its route out: the best kind of evidence that says anything. What the user's own scope says stands
 * above all of these and never comes here.
 */

import type { GatewaySaid } from '../../gateways/gateway.ts';
import type { CallAnswer, CallRequest } from '../../types/call.ts';
import { declaredFindings } from './declared.ts';
import { gatewayFindings } from './gateway.ts';
import { providerFindings } from './provider.ts';
import { type Findings, NOBODY } from './route.ts';

export interface RouteEvidence {
  readonly request: CallRequest;
  /** Undefined where the client threw before there was one. */
  readonly answer: CallAnswer | undefined;
  readonly said: GatewaySaid | undefined;
  /** What the calls before this one in the same scope tell of it. */
  readonly inferred: Findings | undefined;
}

/**
 * Provider, gateway, declared model, then inference; with fallbacks declared and nothing served, the failure is the primary's. No route
 * where nothing is known, nor where the evidence contradicts itself: it is never guessed.
 */
export function resolveRoute({ request, answer, said, inferred }: RouteEvidence): Findings {
  const { declared } = request;
  const found = (answer && providerFindings(answer, declared)) ?? gatewayFindings(said, request, answer);
  if (found !== undefined) return found;
  const byModel = declaredFindings(declared, said?.served ?? answer?.model);
  // Without a gateway's word, only a declared fallback can have gone on with another one's stream.
  if (answer?.changedModel === true) return byModel?.route?.type === 'fallback' ? byModel : NOBODY;
  return byModel ?? inferred ?? (answer?.complete === true ? NOBODY : unanswered(request));
}

/** No answer came from any rung: the run began with the primary, and that is what is known of it. */
function unanswered({ declared }: CallRequest): Findings {
  if (declared === undefined) return NOBODY;
  const { chain, names } = declared;
  return { route: { type: 'primary', source: 'declared', chain, target: names[0], rank: 0 }, chain };
}
