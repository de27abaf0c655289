/** The user's own functions that add to the spans of calls, run so that what they throw harms nobody. */
import type { Span } from '@opentelemetry/api';
import { guarded } from '../base/report.ts';
import type { CallRequest } from '../types/call.ts';

/** What is known of a call when its request leaves. */
export interface HookedRequest extends Pick<CallRequest, 'operation' | 'provider' | 'model' | 'stream'> {
  /** What the client's method was called with. It holds the prompt: Warmspare records none of it, and what a hook does is its own. */
  readonly arguments: readonly unknown[];
}

/** What is known of a call when its answer is there. */
export interface HookedResponse extends Pick<CallRequest, 'operation' | 'provider' | 'model' | 'stream'> {
  /** What the client's method resolved to; undefined for a stream that was read to its end. */
  readonly response: unknown;
}

/** Hooks as other OpenTelemetry instrumentations have them. Not called for spans that are not recorded. */
export interface Hooks {
  /** Called with the span of a call when its request leaves. */
  readonly requestHook?: ((span: Span, request: HookedRequest) => void) | undefined;
  /** Called with the span of a call when its answer has come. Not called where the call fails. */
  readonly responseHook?: ((span: Span, response: HookedResponse) => void) | undefined;
}

export function callRequestHook(
  { requestHook }: Hooks,
  span: Span | undefined,
  { operation, provider, model, stream }: CallRequest,
  args: readonly unknown[],
): void {
  if (requestHook === undefined || span === undefined) return;
  const call = { operation, provider, model, stream, arguments: args };
  guarded('requestHook() failed', () => span.isRecording() && requestHook(span, call), undefined);
}

export function callResponseHook(
  { responseHook }: Hooks,
  span: Span | undefined,
  { operation, provider, model, stream }: CallRequest,
  response: unknown,
): void {
  if (responseHook === undefined || span === undefined) return;
  const call = { operation, provider, model, stream, response };
  guarded('responseHook() failed', () => span.isRecording() && responseHook(span, call), undefined);
}
