/** Bodies of few bytes that would take much memory and time: they are refused by the number of their values, whatever their bytes. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { start } from './testdata/http-receiver.ts';
import { lengthField } from './testdata/messages.ts';

const JSON_LIMIT = 100;
const FIELD_LIMIT = 1000;
const limits = { jsonValues: JSON_LIMIT, protobufFields: FIELD_LIMIT };
const JSON_HEADERS = { 'content-type': 'application/json' };
const times = (count: number, text: string): string => new Array(count).fill(text).join(',');
const inSpan = (fields: Uint8Array): Uint8Array => lengthField(1, lengthField(2, lengthField(2, fields)));
const fieldsOf = (...bytes: readonly number[]): Uint8Array =>
  Uint8Array.from(new Array(FIELD_LIMIT + 1).fill(bytes).flat());

describe('a JSON body of many values', () => {
  it.each([
    ['empty objects', `{"resourceSpans":[${times(JSON_LIMIT, '{}')}]}`],
    ['empty lists', `{"other":[${times(JSON_LIMIT, '[]')}],"resourceSpans":[]}`],
    ['numbers', `{"other":[${times(JSON_LIMIT, '1')}],"resourceSpans":[]}`],
    ['lists within lists', `{"other":${'['.repeat(JSON_LIMIT)}${']'.repeat(JSON_LIMIT)},"resourceSpans":[]}`],
    ['members', `{${times(JSON_LIMIT, '"a":1')},"resourceSpans":[]}`],
    ['empty objects without an end', `{"resourceSpans":[${times(300_000, '{}')}`],
  ])('is refused, with the limit by its name: %s', async (_, body) => {
    const { post, rejected, batches } = await start({ limits });
    const answer = await post(gzipSync(body), { ...JSON_HEADERS, 'content-encoding': 'gzip' });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({
      message: `The request has more than ${JSON_LIMIT} JSON values. Send smaller batches.`,
    });
    expect(rejected).toEqual(['too_large']);
    expect(batches.opened.length).toBe(1);
    expect(batches.committed).toEqual([]);
  });

  it.each([
    ['punctuation in a text', '{[,'.repeat(500)],
    ['punctuation behind an escaped quote', '\\",{[,\\\\'.repeat(100)],
  ])('is none for %s', async (_, text) => {
    const { post } = await start({ limits });
    const name = JSON.stringify(text);
    const answer = await post(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":${name}}]}]}]}`, JSON_HEADERS);
    expect(answer.status).toBe(200);
  });
});

describe('a protobuf body of many fields', () => {
  it.each([
    ['groups of resources', fieldsOf(0x0a, 0)],
    ['groups of scopes', lengthField(1, fieldsOf(0x12, 0))],
    ['spans', lengthField(1, lengthField(2, fieldsOf(0x12, 0)))],
    ['attributes of a resource', lengthField(1, lengthField(1, fieldsOf(0x0a, 0)))],
    ['attributes', inSpan(fieldsOf(0x4a, 0))],
    ['events', inSpan(fieldsOf(0x5a, 0))],
    ['attributes of an event', inSpan(lengthField(11, fieldsOf(0x1a, 0)))],
    ['keys of an attribute', inSpan(lengthField(9, fieldsOf(0x0a, 0)))],
    ['unknown fields', lengthField(1, fieldsOf(0x7a, 0))],
  ])('is refused, with the limit by its name: %s', async (_, body) => {
    const { post, rejected, batches } = await start({ limits });
    const answer = await post(body);
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain(
      `The request has more than ${FIELD_LIMIT} protobuf fields. Send smaller batches.`,
    );
    expect(rejected).toEqual(['too_large']);
    expect(batches.committed).toEqual([]);
  });
});
