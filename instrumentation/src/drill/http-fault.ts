/** A fault and a request in; what a fetch would have given out: a response, a rejection, or either of them late. No byte leaves the process. */
import type { DrillFaultName } from '@warmspare/semconv';
import { fields, text } from '../base/read.ts';
import { type Api, apiAt, openaiError, type Said } from './answers.ts';
import { signsOf } from './fault.ts';

export interface FaultyRequest {
  readonly fault: DrillFaultName;
  readonly url: string;
  /** As fetch takes it. */
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
  readonly delayMs: number;
  /** What gives up on a request that takes too long: the client itself, by its signal, or fetch. */
  readonly impatient: 'client' | 'fetch';
}

/** Settles as fetch would. Rejects with an AbortError where the signal is aborted meanwhile. */
export async function faultyFetch({ fault, url, body, signal, delayMs, impatient }: FaultyRequest): Promise<Response> {
  const request = fields(parsed(body));
  const api = apiAt(pathOf(url));
  if (fault === 'slow') await late(delayMs, signal);
  if (signal?.aborted === true) throw aborted();
  if (fault === 'timeout') throw impatient === 'client' ? aborted() : timedOut();
  if (fault === 'connection_reset') throw broken('fetch failed');
  const said = api && saidBy(fault, api, request);
  if (api === undefined || said === undefined) return refusedBy(fault, api, request);
  if (request.stream === true) return streamed(api.events(request, said), fault === 'stream_cut');
  const whole = JSON.stringify(api.whole(request, said));
  if (fault === 'stream_cut') return cutAfter([whole.slice(0, whole.length / 2)], JSON_TYPE);
  return new Response(whole, { status: 200, headers: JSON_TYPE });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const EVENTS_TYPE = { 'content-type': 'text/event-stream' };

/** What an answer says that is at fault itself; undefined where the fault is an error of HTTP. */
function saidBy(fault: DrillFaultName, api: Api, request: Readonly<Record<string, unknown>>): Said | undefined {
  const forced = api.forcedTool(request);
  const tool = (input: unknown): Said['tool'] =>
    forced === undefined ? undefined : { name: text(forced.name) ?? '', input };
  switch (fault) {
    case 'refusal':
      return { text: "I'm sorry, but I can't help with that.", end: 'refusal' };
    case 'truncated':
      return { text: '{"answer":"It was cut o', end: 'length' };
    case 'schema_invalid':
      return { text: 'This is not in the form that was asked for.', end: 'stop', tool: tool(['not', 'an', 'object']) };
    case 'slow':
    case 'stream_cut':
      return { text: 'This answer was made up for a drill.', end: 'stop', tool: tool({}) };
    default:
      return undefined;
  }
}

/** Where nobody knows how an answer looks, a fault of answers is an error of the server. */
function refusedBy(
  fault: DrillFaultName,
  api: Api | undefined,
  { model }: Readonly<Record<string, unknown>>,
): Response {
  const { status = 500, headers, code } = signsOf(fault);
  const write = api?.error ?? openaiError;
  const body = write(status, code, messageOf(status, text(model) ?? ''));
  return new Response(JSON.stringify(body), { status, headers: { ...JSON_TYPE, ...headers } });
}

function messageOf(status: number, model: string): string {
  switch (status) {
    case 401:
      return 'Incorrect API key provided.';
    case 404:
      return `The model \`${model}\` does not exist or you do not have access to it.`;
    case 429:
      return `Rate limit reached for ${model}. Please try again in 1s.`;
    case 529:
      return 'Overloaded';
    case 503:
      return 'The engine is currently overloaded, please try again later';
    default:
      return 'The server had an error while processing your request. Sorry about that!';
  }
}

function streamed(events: readonly string[], cut: boolean): Response {
  if (cut) return cutAfter(events.slice(0, Math.ceil(events.length / 2)), EVENTS_TYPE);
  return new Response(events.join(''), { status: 200, headers: EVENTS_TYPE });
}

/** The body breaks as it does when the socket is closed: what came before it can be read. */
function cutAfter(parts: readonly string[], headers: Readonly<Record<string, string>>): Response {
  const encoder = new TextEncoder();
  const waiting = [...parts];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = waiting.shift();
      if (part === undefined) controller.error(broken('terminated'));
      else controller.enqueue(encoder.encode(part));
    },
  });
  return new Response(body, { status: 200, headers });
}

/** As Node's fetch rejects where the other side closes the connection. */
function broken(words: string): TypeError {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104, syscall: 'read' });
  return new TypeError(words, { cause });
}

/** As Node's fetch rejects where no answer comes for five minutes. */
function timedOut(): TypeError {
  const cause = Object.assign(new Error('Headers Timeout Error'), {
    name: 'HeadersTimeoutError',
    code: 'UND_ERR_HEADERS_TIMEOUT',
  });
  return new TypeError('fetch failed', { cause });
}

/** As Node's fetch rejects where its signal is aborted: clients abort what takes too long. */
function aborted(): DOMException {
  return new DOMException('This operation was aborted', 'AbortError');
}

/** Waits; ends early where the signal is aborted. */
export function late(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted === true) end();
  });
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}
