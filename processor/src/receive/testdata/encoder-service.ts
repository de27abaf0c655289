/** A receiver in front of a pipeline that knows the chain of test/fixtures/cases/config/words.yaml, and spans of it in both forms of OTLP. */
import { readFileSync } from 'node:fs';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_TOKEN_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_SERVICE_NAME,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import { ResponseType, StatusType } from '../../../../test/bench/reference.ts';
import { policiesOf } from '../../testdata/cases.ts';
import { start, value, type World } from '../../testdata/world.ts';
import { PROTOBUF, start as startReceiver } from './http-receiver.ts';
import { attribute, fixed64Field, lengthField, spanOf, stringValue } from './messages.ts';

/** Soon after the spans of the cases. */
const NOW = 1_796_069_000_000;
const JSON_TYPE = 'application/json';

export interface Answer {
  readonly status: number;
  /** Of a Status, or of a partial success; empty for full success. */
  readonly message: string;
  readonly rejectedSpans: number;
}

export const TAKEN: Answer = { status: 200, message: '', rejectedSpans: 0 };

export interface Service {
  readonly world: World;
  readonly port: number;
  /** Reasons of refused requests. */
  readonly refused: readonly string[];
  /** Bytes are sent as protobuf, all else as JSON. */
  post(body: unknown): Promise<Answer>;
  /** A file of test/fixtures/cases/otlp. */
  postCase(name: string): Promise<Answer>;
  /** Calls of the fallback by outcome, but for those that there were none of. */
  outcomes(): Readonly<Record<string, number>>;
  /** Of the fallback. */
  tokens(type: 'input' | 'output'): number | undefined;
}

/** Closed when the test is over. */
export async function startService(): Promise<Service> {
  const world = await start({ policies: policiesOf('config/words.yaml'), now: NOW });
  const { keys, batch } = world.pipeline;
  const receiver = await startReceiver({ keys, openBatch: batch, now: () => world.now });
  const send = async (body: Uint8Array | string, type: string): Promise<Answer> =>
    answerOf(await receiver.post(body, { 'content-type': type }), type);
  return {
    world,
    port: receiver.port,
    refused: receiver.rejected,
    post: (body) =>
      body instanceof Uint8Array ? send(body, PROTOBUF) : send(JSON.stringify(body), JSON_TYPE),
    postCase: (name) =>
      send(
        readFileSync(new URL(`../../../../test/fixtures/cases/otlp/${name}`, import.meta.url)),
        name.endsWith('.pb') ? PROTOBUF : JSON_TYPE,
      ),
    outcomes: () => {
      const counts: Record<string, number> = {};
      for (const point of world.points(METRIC_LLM_FALLBACK_CALLS)) {
        if (point.attributes[ATTR_LLM_FALLBACK_TARGET_NAME] !== 'f' || !('value' in point) || point.value === 0) continue;
        const outcome = String(point.attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]);
        counts[outcome] = (counts[outcome] ?? 0) + point.value;
      }
      return counts;
    },
    tokens: (type) =>
      value(world.points(METRIC_LLM_FALLBACK_TOKENS), {
        [ATTR_LLM_FALLBACK_TARGET_NAME]: 'f',
        [ATTR_GEN_AI_TOKEN_TYPE]: type,
      }),
  };
}

async function answerOf(response: Response, type: string): Promise<Answer> {
  const bytes = await response.bytes();
  const message = response.ok ? ResponseType : StatusType;
  const answer: { message?: string; partialSuccess?: { rejectedSpans: number | string; errorMessage: string } } =
    type === JSON_TYPE
      ? JSON.parse(Buffer.from(bytes).toString())
      : message.toObject(message.decode(bytes), { longs: Number });
  return {
    status: response.status,
    message: answer.message ?? answer.partialSuccess?.errorMessage ?? '',
    rejectedSpans: Number(answer.partialSuccess?.rejectedSpans ?? 0),
  };
}

export type Json = Readonly<Record<string, unknown>>;

const text = (key: string, stringValue: string): Json => ({ key, value: { stringValue } });
const TIMES = { startTimeUnixNano: '1796068649000000000', endTimeUnixNano: '1796068650000000000' };
export const CALL: readonly Json[] = [text(ATTR_GEN_AI_OPERATION_NAME, 'chat'), text(ATTR_GEN_AI_REQUEST_MODEL, 'fb-model')];
export const finishReasons = (...values: readonly unknown[]): Json => ({
  key: ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  value: { arrayValue: { values } },
});
/** Attributes of a success of the fallback. */
export const SUCCESS: readonly Json[] = [
  ...CALL,
  text(ATTR_GEN_AI_RESPONSE_MODEL, 'fb-model'),
  finishReasons({ stringValue: 'stop' }),
];
/** A success of the fallback. */
export const GOOD: Json = {
  traceId: '0000000000000000000000000abc0001',
  spanId: '00000000abc00001',
  ...TIMES,
  name: 'chat',
  attributes: SUCCESS,
};
export const RESOURCE: Json = { attributes: [text(ATTR_SERVICE_NAME, 'encoder')] };
export const ofSpans = (...spans: readonly Json[]): Json => ({
  resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ scope: { name: 'x' }, spans }] }],
});

export const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0xab);

/** The same success in protobuf, with ids of these bytes. */
export const wireSpan = (traceId: Uint8Array, spanId: Uint8Array, parentId: Uint8Array = bytes(0)): Uint8Array =>
  spanOf(
    lengthField(1, traceId),
    lengthField(2, spanId),
    lengthField(4, parentId),
    fixed64Field(7, 1_796_068_649_000_000_000n),
    fixed64Field(8, 1_796_068_650_000_000_000n),
    lengthField(9, attribute(ATTR_GEN_AI_OPERATION_NAME, stringValue('chat'))),
    lengthField(9, attribute(ATTR_GEN_AI_REQUEST_MODEL, stringValue('fb-model'))),
    lengthField(9, attribute(ATTR_GEN_AI_RESPONSE_MODEL, stringValue('fb-model'))),
  );
