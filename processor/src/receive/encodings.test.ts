/** Values, status and ids as senders encode them: what of them is read, and what is refused by name, up to the ledger. */
import { ATTR_GEN_AI_USAGE_INPUT_TOKENS, ATTR_GEN_AI_USAGE_OUTPUT_TOKENS } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import {
  bytes,
  CALL,
  finishReasons,
  GOOD,
  ofSpans,
  RESOURCE,
  SUCCESS,
  startService,
  TAKEN,
  wireSpan,
} from './testdata/encoder-service.ts';
import { request } from './testdata/messages.ts';

const hexText = (length: number): Buffer => Buffer.from('ab'.repeat(length));

describe('null is unset', () => {
  it('enc-oneof-int-null.json is read, without the tokens that are null', async () => {
    const { postCase, outcomes, tokens } = await startService();
    expect(await postCase('enc-oneof-int-null.json')).toEqual(TAKEN);
    expect(outcomes()).toEqual({ success: 1 });
    expect([tokens('input') ?? 0, tokens('output')]).toEqual([0, 8]);
  });

  it('enc-oneof-array-null.json is read like the same span without finish reasons', async () => {
    const { postCase, outcomes } = await startService();
    expect(await postCase('enc-oneof-array-null.json')).toEqual(TAKEN);
    const twin = await startService();
    await twin.post(ofSpans({ ...GOOD, attributes: CALL }));
    expect(Object.values(outcomes())).toEqual([1]);
    expect(outcomes()).toEqual(twin.outcomes());
  });

  it('enc-oneof-nulls.json is one success, with the 42 tokens that stand beside a null', async () => {
    const { postCase, outcomes, tokens } = await startService();
    expect(await postCase('enc-oneof-nulls.json')).toEqual(TAKEN);
    expect(outcomes()).toEqual({ success: 1 });
    expect(tokens('input')).toBe(42);
  });

  const unset = Object.fromEntries(
    ['traceState', 'parentSpanId', 'kind', 'events', 'links', 'status', 'flags', 'droppedEventsCount'].map((name) => [
      name,
      null,
    ]),
  );
  it.each([
    ['members of a span', ofSpans({ ...GOOD, ...unset })],
    ['members of its status', ofSpans({ ...GOOD, status: { code: null, message: null } })],
    [
      'members of an event',
      ofSpans({
        ...GOOD,
        events: [null, { name: null, attributes: null }, { attributes: [null, { key: null, value: null }] }],
      }),
    ],
    [
      'an attribute',
      ofSpans({
        ...GOOD,
        attributes: [null, ...SUCCESS, { key: ATTR_GEN_AI_USAGE_INPUT_TOKENS, value: null }],
      }),
    ],
    [
      'members around spans',
      {
        resourceSpans: [
          { resource: null, scopeSpans: [{ scope: null, schemaUrl: null, spans: [GOOD] }], schemaUrl: null },
          { resource: RESOURCE, scopeSpans: null },
          { scopeSpans: [{ spans: null }] },
        ],
      },
    ],
  ])('for %s', async (_, body) => {
    const { post, outcomes } = await startService();
    expect(await post(body)).toEqual(TAKEN);
    expect(outcomes()).toEqual({ success: 1 });
  });

  const nulls = Object.fromEntries(
    ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'].map((name) => [
      name,
      null,
    ]),
  );
  it.each([
    ['an integer as text', { ...nulls, intValue: '42' }],
    ['an integer', { ...nulls, intValue: 42 }],
    ['a double', { ...nulls, doubleValue: 42 }],
    ['a double as text', { doubleValue: '42.0', ...{ stringValue: null, arrayValue: null } }],
  ])('and does not hide %s beside it', async (_, count) => {
    const { post, tokens } = await startService();
    await post(ofSpans({ ...GOOD, attributes: [...SUCCESS, { key: ATTR_GEN_AI_USAGE_OUTPUT_TOKENS, value: count }] }));
    expect(tokens('output')).toBe(42);
  });

  it('and does not hide a reason that stands in a list with it', async () => {
    const { post, outcomes } = await startService();
    const reasons = finishReasons({ stringValue: null }, { stringValue: 'length', intValue: null }, null);
    await post(ofSpans({ ...GOOD, attributes: [...CALL, reasons] }));
    expect(outcomes().success).toBeUndefined();
  });
});

describe('a status', () => {
  it.each([2, '2', 'STATUS_CODE_ERROR'])('of code %j is an error', async (code) => {
    const { post, outcomes, world } = await startService();
    await post(ofSpans({ ...GOOD, status: { code, message: null } }));
    expect(outcomes().success).toBeUndefined();
    expect(world.target('f', 'encoder').state).toBe('failing');
  });

  it.each([0, 1, '0', '1', 'STATUS_CODE_UNSET', 'STATUS_CODE_OK', null])('of code %j is none', async (code) => {
    const { post, outcomes } = await startService();
    await post(ofSpans({ ...GOOD, status: { code } }));
    expect(outcomes()).toEqual({ success: 1 });
  });
});

describe('an id of a wrong length', () => {
  const LENGTHS = 'with an id of a wrong length (16 bytes for a trace, 8 for a span)';

  it('enc-base64-ids.json is refused by name', async () => {
    const { postCase, refused } = await startService();
    expect(await postCase('enc-base64-ids.json')).toMatchObject({
      status: 400,
      message: expect.stringContaining('resourceSpans[0].scopeSpans[0].spans[0].traceId is not in hex digits'),
    });
    expect(refused).toEqual(['malformed']);
  });

  // What the spans of the two files prove is the dialects' to say: they record neither a finish reason nor a model that served.
  it('pb-hex-text-ids.pb is refused by span, however often it is sent; the spans beside it count once', async () => {
    const { postCase, outcomes, world } = await startService();
    for (let sent = 1; sent <= 2; sent++) {
      expect(await postCase('pb-hex-text-ids.pb')).toEqual({
        status: 200,
        rejectedSpans: 1,
        message: `Spans not accepted: 1 ${LENGTHS}.`,
      });
      expect(world.pipeline.stats().rejected).toMatchObject({ invalid_id: sent, missing_end_time: 0 });
      expect(Object.values(outcomes())).toEqual([2]);
    }
  });

  it('pb-good.pb is taken, as one call however often it is sent', async () => {
    const { postCase, outcomes } = await startService();
    for (let sent = 1; sent <= 2; sent++) {
      expect(await postCase('pb-good.pb')).toEqual(TAKEN);
      expect(Object.values(outcomes())).toEqual([1]);
    }
  });

  it.each([
    ['a trace id as hex text', request([], [wireSpan(hexText(16), bytes(8))])],
    ['a span id as hex text', request([], [wireSpan(bytes(16), hexText(8))])],
    ['a parent’s id as hex text', request([], [wireSpan(bytes(16), bytes(8), hexText(8))])],
    ['a trace id of eight bytes', request([], [wireSpan(bytes(8), bytes(8))])],
    ['a span id of sixteen bytes', request([], [wireSpan(bytes(16), bytes(16))])],
    ['ids of one byte less', request([], [wireSpan(bytes(15), bytes(7))])],
    ['a trace id of 16 digits in JSON', ofSpans({ ...GOOD, traceId: 'abcdabcdabcdabcd' })],
    ['a span id of 32 digits in JSON', ofSpans({ ...GOOD, spanId: '0000000000000000000000000abc0001' })],
    ['a parent’s id of 15 digits in JSON', ofSpans({ ...GOOD, parentSpanId: '00000000abc0000' })],
  ])('refuses the span and no other: %s', async (_, body) => {
    const { post, outcomes, world } = await startService();
    expect(await post(body)).toEqual({ status: 200, rejectedSpans: 1, message: `Spans not accepted: 1 ${LENGTHS}.` });
    expect(outcomes().success).toBeUndefined();
    expect(() => world.target('f', 'encoder')).toThrow('no row');
  });

  it('refuses spans that are no calls, too', async () => {
    const { post } = await startService();
    const { rejectedSpans } = await post(ofSpans({ ...GOOD, attributes: [], spanId: 'abcd' }, GOOD));
    expect(rejectedSpans).toBe(1);
  });
});

describe('an id that is missing or all zero', () => {
  it.each([
    ['missing, in JSON', ofSpans({ ...GOOD, traceId: undefined, spanId: null, parentSpanId: '' })],
    ['zero, in JSON', ofSpans({ ...GOOD, traceId: '0'.repeat(32), spanId: '0'.repeat(16) })],
    ['empty, in protobuf', request([], [wireSpan(bytes(0), bytes(0))])],
    ['zero, in protobuf', request([], [wireSpan(new Uint8Array(16), new Uint8Array(8), new Uint8Array(8))])],
  ])('is taken, and never known again: %s', async (_, body) => {
    const { post, outcomes } = await startService();
    for (let sent = 1; sent <= 2; sent++) {
      expect(await post(body)).toEqual(TAKEN);
      expect(outcomes()).toEqual({ success: sent });
    }
  });
});
