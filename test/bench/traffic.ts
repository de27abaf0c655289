/** Batches of OTLP spans as bytes, made once; each sending gets span ids of its own. All spans have 20 attributes and about 800 bytes. */
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_GEN_AI_RESPONSE_ID,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '@warmspare/semconv';
import { type FullAttribute, RequestType } from './reference.ts';

export const SPANS_PER_BATCH = 512;
/** The attributes of a batch's spans. */
export const TRAFFICS = {
  'all LLM': llmAttributes,
  'one LLM span in ten': (index: number) => (index % 10 === 0 ? llmAttributes(index) : webAttributes(index)),
  // As other instrumentations send them, each in a trace of its own.
  'all LLM, no chain': (index: number) => llmAttributes(index).filter(({ key }) => !key?.startsWith('llm_fallback.')),
} as const;
export type Traffic = keyof typeof TRAFFICS;

const SERVICES = 16;
const CHAINS = 10;
const TARGETS = ['gpt-5', 'claude-haiku', 'rules'];
const TYPES = ['primary', 'fallback', 'heuristic'];
/** Four bytes that begin every span id, by which they are found again in the encoded batch. */
const ID_MARK = [0xa5, 0x5a, 0xc3, 0x3c];
/** So far before a span's id stands a word of its trace id. */
const TRACE_WORD = 10;

export interface BatchTemplate {
  readonly bytes: Buffer;
  /** Where each span's id stands. */
  readonly ids: readonly number[];
  /** Where each start and end stands, and what it is in nanoseconds. */
  readonly times: readonly { readonly at: number; readonly nanos: bigint }[];
}

/** One batch a service, each a request of one resource. `now` in epoch ms. */
export function makeTraffic(traffic: Traffic, now: number): readonly BatchTemplate[] {
  return Array.from({ length: SERVICES }, (_, service) => {
    const spans = Array.from({ length: SPANS_PER_BATCH }, (__, index) =>
      makeSpan(index, TRAFFICS[traffic](index), now),
    );
    const resource = [
      text('service.name', `service-${service}`),
      text('service.namespace', 'acme'),
      text('deployment.environment.name', 'prod'),
    ];
    const message = {
      resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope: { name: 'bench' }, spans }] }],
    };
    const bytes = Buffer.from(RequestType.encode(RequestType.fromObject(message)).finish());
    const ids = idsIn(bytes);
    return { bytes, ids, times: timesIn(bytes, ids) };
  });
}

/** The batch under trace and span ids that were not sent before, a millisecond later than the one before. */
export function renew(template: BatchTemplate, sequence: number): Buffer {
  const bytes = Buffer.from(template.bytes);
  for (const at of template.ids) {
    bytes.writeUInt32BE(sequence >>> 0, at);
    bytes.writeUInt32BE(sequence >>> 0, at - TRACE_WORD);
  }
  const later = BigInt(sequence) * 1_000_000n;
  for (const { at, nanos } of template.times) bytes.writeBigUInt64LE(nanos + later, at);
  return bytes;
}

function idsIn(bytes: Buffer): number[] {
  const ids: number[] = [];
  const mark = Buffer.from(ID_MARK);
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 8)) ids.push(at);
  return ids;
}

/** Behind each span's id: the tags of its start and of its end, which stand next to each other. */
function timesIn(bytes: Buffer, ids: readonly number[]): { at: number; nanos: bigint }[] {
  return ids.flatMap((id) => {
    let at = id;
    while (bytes[at] !== 0x39 || bytes[at + 9] !== 0x41) at++;
    return [at + 1, at + 10].map((place) => ({ at: place, nanos: bytes.readBigUInt64LE(place) }));
  });
}

const text = (key: string, stringValue: string): FullAttribute => ({ key, value: { stringValue } });
const int = (key: string, intValue: number): FullAttribute => ({ key, value: { intValue: String(intValue) } });
const list = (key: string, values: readonly string[]): FullAttribute => ({
  key,
  value: { arrayValue: { values: values.map((stringValue) => ({ stringValue })) } },
});

function makeSpan(index: number, attributes: FullAttribute[], now: number): object {
  const id = Buffer.from([...ID_MARK, 0, 0, 0, 0]);
  id.writeUInt32BE(index, 4);
  const trace = Buffer.alloc(16, 7);
  trace.writeUInt32BE(index, 12);
  const end = BigInt(Math.round(now) - index) * 1_000_000n + 123_000n;
  return {
    traceId: trace,
    spanId: id,
    parentSpanId: Buffer.alloc(8, 9),
    name: attributes.length > 0 && index % 2 === 0 ? 'chat gpt-5' : 'POST /tickets/{id}/summary',
    kind: 3,
    startTimeUnixNano: String(end - 1_234_567_000n),
    endTimeUnixNano: String(end),
    attributes,
    status: {},
    flags: 257,
  };
}

function llmAttributes(index: number): FullAttribute[] {
  // Of a hundred calls, the fallbacks serve three.
  const scattered = Math.imul(index, 0x9e3779b1) >>> 8;
  const rank = scattered % 100 < 97 ? 0 : (scattered % 2) + 1;
  return [
    text(ATTR_GEN_AI_OPERATION_NAME, 'chat'),
    text(ATTR_GEN_AI_PROVIDER_NAME, rank === 1 ? 'anthropic' : 'openai'),
    text(ATTR_GEN_AI_REQUEST_MODEL, TARGETS[rank] ?? ''),
    text(ATTR_GEN_AI_RESPONSE_MODEL, `${TARGETS[rank]}-2026`),
    text(ATTR_GEN_AI_RESPONSE_ID, `resp_${String(index).padStart(12, 'B9MBs8CjcvOU')}`),
    list(ATTR_GEN_AI_RESPONSE_FINISH_REASONS, ['stop']),
    int(ATTR_GEN_AI_USAGE_INPUT_TOKENS, 1200 + index),
    int(ATTR_GEN_AI_USAGE_OUTPUT_TOKENS, 150 + (index % 40)),
    text(ATTR_SERVER_ADDRESS, 'api.openai.com'),
    int(ATTR_SERVER_PORT, 443),
    text(ATTR_LLM_FALLBACK_CHAIN_NAME, `summarize-ticket-${scattered % CHAINS}`),
    list(ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES, TARGETS),
    list(ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES, TYPES),
    text(ATTR_LLM_FALLBACK_TARGET_NAME, TARGETS[rank] ?? ''),
    int(ATTR_LLM_FALLBACK_TARGET_RANK, rank),
    text(ATTR_LLM_FALLBACK_ROUTE_TYPE, TYPES[rank] ?? ''),
    text(ATTR_LLM_FALLBACK_ROUTE_SOURCE, 'wrapper'),
    text(ATTR_LLM_FALLBACK_CALL_OUTCOME, scattered % 50 === 0 ? 'error' : 'success'),
    { key: ATTR_LLM_FALLBACK_COST_AMOUNT, value: { doubleValue: 0.00_1 * (1 + (index % 7)) } },
    text(ATTR_LLM_FALLBACK_COST_CURRENCY, 'USD'),
  ];
}

function webAttributes(index: number): FullAttribute[] {
  return [
    text('http.request.method', 'POST'),
    text('http.route', '/tickets/{id}/summary'),
    int('http.response.status_code', 200),
    text('url.path', `/tickets/${100_000 + index}/summary`),
    text('url.scheme', 'https'),
    text('url.query', 'lang=en&format=short&audience=agent'),
    text(ATTR_SERVER_ADDRESS, 'support-api.prod.acme.internal'),
    int(ATTR_SERVER_PORT, 8443),
    text('client.address', `10.12.${index % 250}.17`),
    text('network.protocol.name', 'http'),
    text('network.protocol.version', '1.1'),
    text('network.peer.address', `10.12.${index % 250}.17`),
    int('network.peer.port', 40_000 + index),
    text('user_agent.original', 'support-web/4.7 (Linux; x86_64)'),
    int('thread.id', 1 + (index % 8)),
    text('thread.name', `worker-${index % 8}`),
    text('code.function.name', 'TicketController.summarize'),
    text('code.file.path', '/app/src/tickets/ticket-controller.ts'),
    text('enduser.id', `agent-${index % 90}`),
    text('app.request.id', `req-${String(index).padStart(10, '01J9ZQ7X4T')}`),
  ];
}
