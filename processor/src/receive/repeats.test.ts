import { ATTR_GEN_AI_REQUEST_MODEL, ATTR_GEN_AI_USAGE_INPUT_TOKENS } from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyTable } from '../base/keys.ts';
import { createProtobufReader } from './protobuf.ts';
import { attribute, lengthField, listValue, request, spanOf, stringValue } from './testdata/messages.ts';

const keys = createKeyTable();
const MODEL = keys.add(ATTR_GEN_AI_REQUEST_MODEL);

const spanWith = (key: string, value: Uint8Array): Uint8Array => spanOf(lengthField(9, attribute(key, value)));

describe('values that repeat', () => {
  it('are told from every other of the same length, wherever they differ', () => {
    const reader = createProtobufReader(keys);
    const text = fc.integer({ min: 1, max: 140 }).map((length) => 'm'.repeat(length));
    fc.assert(
      fc.property(text, fc.nat(), (model, place) => {
        const at = place % model.length;
        const other = `${model.slice(0, at)}x${model.slice(at + 1)}`;
        const models = [model, other, model, model, other];
        const seen: unknown[] = [];
        const spans = models.map((each) => spanWith(ATTR_GEN_AI_REQUEST_MODEL, stringValue(each)));
        reader.read(request([], spans), (span) => seen.push(span.values[MODEL]));
        expect(seen).toEqual(models);
      }),
    );
  });

  it('are not taken for those of another attribute, nor of another kind', () => {
    const tokens = keys.add(ATTR_GEN_AI_USAGE_INPUT_TOKENS);
    const seen: unknown[] = [];
    const spans = [
      spanWith(ATTR_GEN_AI_REQUEST_MODEL, stringValue('gpt-5')),
      spanWith(ATTR_GEN_AI_USAGE_INPUT_TOKENS, stringValue('gpt-4')),
      spanWith(ATTR_GEN_AI_REQUEST_MODEL, listValue([stringValue('g')])),
      spanWith(ATTR_GEN_AI_REQUEST_MODEL, stringValue('gpt-5')),
    ];
    createProtobufReader(keys).read(request([], spans), (span) => seen.push([span.values[MODEL], span.values[tokens]]));
    expect(seen).toEqual([
      ['gpt-5', undefined],
      [undefined, 'gpt-4'],
      [['g'], undefined],
      ['gpt-5', undefined],
    ]);
  });

  it('leave a span bare that has none of the named attributes, and no other', () => {
    const seen: unknown[] = [];
    const spans = [
      spanWith('http.route', stringValue('/tickets')),
      spanWith(ATTR_GEN_AI_REQUEST_MODEL, stringValue('gpt-5')),
      spanOf(),
    ];
    createProtobufReader(keys).read(request([], spans), (span) => seen.push(span.isBare));
    expect(seen).toEqual([true, false, true]);
  });
});
