/**
 * What a test tells a provider to do with one request, in words that hold for every provider; each server renders them in its
 * own wire format. Nothing here knows a wire format.
 */
import type { RecordedRequest } from './request.ts';

/** Tokens as the provider counts them: `input` includes the cached ones. */
export interface Tokens {
  readonly input: number;
  readonly output: number;
  readonly cachedInput?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

export interface ToolCall {
  readonly id?: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Why the model stopped; `stop` unless the answer holds tool calls or a refusal. */
export type Finish = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'refusal';

/** An answer of the model. Whatever is left out is filled in sensibly from the request. */
export interface Answer {
  readonly kind: 'answer';
  /** The output text. Left out: a short sentence, or an example of the JSON Schema that the request asks for. */
  readonly text?: string;
  readonly toolCalls?: readonly ToolCall[];
  /** The model declines, and says so with this text. */
  readonly refusal?: string;
  readonly finish?: Finish;
  /** The model that served. Left out: the dated snapshot behind the requested alias. */
  readonly model?: string;
  readonly tokens?: Tokens;
  /** Added to the response's headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to the response's body (of a stream: to each chunk's). */
  readonly body?: Readonly<Record<string, unknown>>;
  /** Added to the usage object. */
  readonly usage?: Readonly<Record<string, unknown>>;
  /** Added to a chat completion's message (of a stream: to its last delta). */
  readonly message?: Readonly<Record<string, unknown>>;
  /** Content blocks before the text, where the provider's answer is made of blocks. */
  readonly blocks?: readonly Readonly<Record<string, unknown>>[];
  /** Real milliseconds before the answer begins. */
  readonly delay?: number;
  /** Cuts a stream after this many events: the socket is reset, an error event is sent, or nothing more ever comes. */
  readonly cut?: { readonly after: number; readonly how: 'reset' | 'error' | 'stall' };
}

export type FailureReason =
  | 'bad_request'
  | 'authentication'
  | 'permission'
  | 'model_not_found'
  | 'rate_limit'
  | 'insufficient_quota'
  | 'server_error'
  | 'unavailable'
  | 'overloaded';

export interface Failure {
  readonly kind: 'failure';
  readonly reason: FailureReason;
  /** Seconds, for the `retry-after` header of a rate limit. */
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delay?: number;
}

/** A response given byte for byte, for what no provider documents. */
export interface Raw {
  readonly kind: 'raw';
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The request is read and never answered. */
export interface Hang {
  readonly kind: 'hang';
}

/** The connection is reset before any byte of a response. */
export interface Reset {
  readonly kind: 'reset';
}

export type Outcome = Answer | Failure | Raw | Hang | Reset;

/** One request's outcome, or a function of the request. */
export type Step = Outcome | ((request: RecordedRequest) => Outcome);

/** An answer of the model with this text, or with these details. */
export function answer(details: string | Omit<Answer, 'kind'> = {}): Answer {
  return typeof details === 'string' ? { kind: 'answer', text: details } : { kind: 'answer', ...details };
}

/** An answer whose text is this value as JSON. */
export function json(value: unknown, details: Omit<Answer, 'kind' | 'text'> = {}): Answer {
  return { kind: 'answer', text: JSON.stringify(value), ...details };
}

/** An error answer, with the provider's real status, headers and body for it. */
export function fail(reason: FailureReason, details: Omit<Failure, 'kind' | 'reason'> = {}): Failure {
  return { kind: 'failure', reason, ...details };
}

export function raw(details: Omit<Raw, 'kind'>): Raw {
  return { kind: 'raw', ...details };
}

export function hang(): Hang {
  return { kind: 'hang' };
}

export function reset(): Reset {
  return { kind: 'reset' };
}
