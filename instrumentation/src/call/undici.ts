/**
 * What gateways say in response headers to clients that are not patched: every client on fetch passes undici's diagnostics
 * channels, and the LLM span of another instrumentation around the request is tagged. It never touches a request.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_COST_SOURCE,
} from '@warmspare/semconv';
import { activeChainName } from '../base/chain-name.ts';
import { fields, list, text } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import { gatewaySaid } from '../gateways/gateways.ts';
import { foreignSpan, isTaken } from './enrich.ts';
import { tellFailedTargets } from './failed-targets.ts';
import { gatewayFindings } from './route/gateway.ts';
import { sayRoute } from './route/routed-attributes.ts';
import { activeAttempt } from './scope.ts';
import { currentContext } from './span-record.ts';

/** https://undici.nodejs.org/#/docs/api/DiagnosticsChannel; Node's own fetch publishes on them too. */
const CREATE = 'undici:request:create';
const HEADERS = 'undici:request:headers';

/** What a request belongs to. */
interface Bound {
  readonly span: Span;
  readonly inAttempt: boolean;
  readonly chain: string | undefined;
}

/**
 * Listens until the returned function is called. The span is bound when the request is made: headers arrive in the async
 * context of whatever opened the kept-alive socket, so that context tells nothing.
 */
export function watchUndici(): () => void {
  const spans = new WeakMap<object, Bound>();

  const create = (message: unknown): void => {
    guarded(
      'a request could not be bound to its span',
      () => {
        const { request } = fields(message);
        const span = foreignSpan(currentContext());
        if (span === undefined || typeof request !== 'object' || request === null) return;
        spans.set(request, { span, inAttempt: activeAttempt() !== undefined, chain: activeChainName() });
      },
      undefined,
    );
  };
  const headers = (message: unknown): void => {
    guarded(
      "a gateway's headers could not be read",
      () => {
        const { request, response } = fields(message);
        const bound = typeof request === 'object' && request !== null ? spans.get(request) : undefined;
        // Of a patched client's call more is known when its answer is there.
        if (bound !== undefined && !isTaken(bound.span)) tag(bound, fields(response).headers);
      },
      undefined,
    );
  };
  subscribe(CREATE, create);
  subscribe(HEADERS, headers);
  return () => {
    unsubscribe(CREATE, create);
    unsubscribe(HEADERS, headers);
  };
}

function tag({ span, inAttempt, chain }: Bound, raw: unknown): void {
  const named = namesOf(raw);
  const model = text(fields(fields(span).attributes)[ATTR_GEN_AI_REQUEST_MODEL]);
  const request = { model, declared: undefined, chain };
  const said = gatewaySaid({ header: (name) => named.get(name), answer: undefined, request });
  if (said === undefined) return;
  // Inside an attempt the user's own scope has said which rung this is.
  const findings = inAttempt ? undefined : gatewayFindings(said, request, undefined);
  if (findings?.route !== undefined) sayRoute(span, findings.route);
  if (findings !== undefined)
    tellFailedTargets(findings, { at: Date.now(), inside: trace.setSpan(ROOT_CONTEXT, span) });
  if (said.cost !== undefined) {
    span.setAttributes({
      [ATTR_LLM_FALLBACK_COST_AMOUNT]: said.cost,
      [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD',
      [ATTR_LLM_FALLBACK_COST_SOURCE]: 'provider',
    });
  }
}

/** Undici gives names and values in turn, as buffers. */
function namesOf(raw: unknown): ReadonlyMap<string, string> {
  const parts = list(raw);
  const named = new Map<string, string>();
  for (let at = 0; at + 1 < parts.length; at += 2) named.set(String(parts[at]).toLowerCase(), String(parts[at + 1]));
  return named;
}
