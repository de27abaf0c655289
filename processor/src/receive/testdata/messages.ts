/** Arbitrary OTLP trace requests as bytes: fields in any order, unknown fields among them, values of every kind. */
import fc from 'fast-check';

const bytesOf = (...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

export function varint(value: bigint | number): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return out;
}

export const tag = (number: number, wire: number): number[] => varint(number * 8 + wire);
export const lengthField = (number: number, content: Uint8Array | readonly number[]): Uint8Array =>
  bytesOf(tag(number, 2), varint(content.length), content);
export const textField = (number: number, text: string): Uint8Array => lengthField(number, Buffer.from(text, 'utf8'));
const varintField = (number: number, value: bigint | number): Uint8Array => bytesOf(tag(number, 0), varint(value));
export function fixed64Field(number: number, value: bigint): Uint8Array {
  const word = Buffer.alloc(8);
  word.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytesOf(tag(number, 1), word);
}
function doubleField(number: number, value: number): Uint8Array {
  const word = Buffer.alloc(8);
  word.writeDoubleLE(value);
  return bytesOf(tag(number, 1), word);
}

export const attribute = (key: string, value: Uint8Array): Uint8Array =>
  bytesOf(textField(1, key), lengthField(2, value));
export const stringValue = (text: string): Uint8Array => textField(1, text);
export const listValue = (items: readonly Uint8Array[]): Uint8Array =>
  lengthField(5, bytesOf(...items.map((item) => lengthField(1, item))));

/** The same field under a tag that takes one byte more than it needs, which the format allows. */
const padded = (field: Uint8Array): Uint8Array =>
  (field[0] ?? 128) < 128 ? bytesOf([(field[0] ?? 0) | 128, 0], field.subarray(1)) : field;

/** A request of one resource and one scope. */
export function request(resource: readonly Uint8Array[], spans: readonly Uint8Array[]): Uint8Array {
  return lengthField(
    1,
    bytesOf(
      lengthField(1, bytesOf(...resource.map((each) => lengthField(1, each)))),
      lengthField(2, bytesOf(...spans.map((span) => lengthField(2, span)))),
    ),
  );
}
export const spanOf = (...fields: readonly Uint8Array[]): Uint8Array => bytesOf(...fields);

const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom('gpt-5', 'claude-haiku', ''));
/** No message of the specification uses them, of old versions neither: 1000 held the old groups of spans. */
const unknownNumber = fc.oneof(fc.integer({ min: 100, max: 999 }), fc.integer({ min: 1001, max: 100_000 }));
const unknown = fc.oneof(
  fc.tuple(unknownNumber, fc.bigInt(0n, 2n ** 64n - 1n)).map(([n, v]) => varintField(n, v)),
  fc.tuple(unknownNumber, fc.uint8Array({ maxLength: 200 })).map(([n, v]) => lengthField(n, v)),
  fc.tuple(unknownNumber, fc.bigInt(0n, 2n ** 64n - 1n)).map(([n, v]) => fixed64Field(n, v)),
  unknownNumber.map((n) => bytesOf(tag(n, 5), [1, 2, 3, 4])),
  unknownNumber.map((n) => bytesOf(tag(n, 3), textField(7, 'in a group'), tag(n, 4))),
);

/** All the fields, shuffled, with unknown ones in between. */
const message = (...fields: readonly fc.Arbitrary<readonly Uint8Array[]>[]): fc.Arbitrary<Uint8Array> =>
  shuffled(fc.tuple(fc.array(unknown, { maxLength: 1 }), ...fields).map((groups) => groups.flat()));

/** The same, but unknown fields only beside others: alone they are refused. */
const knownMessage = (...fields: readonly fc.Arbitrary<readonly Uint8Array[]>[]): fc.Arbitrary<Uint8Array> =>
  shuffled(
    fc
      .tuple(fc.array(unknown, { maxLength: 1 }), ...fields)
      .map(([strangers, ...others]) => (others.flat().length === 0 ? [] : [...strangers, ...others.flat()])),
  );

function shuffled(fields: fc.Arbitrary<readonly Uint8Array[]>): fc.Arbitrary<Uint8Array> {
  return fields
    .chain((all) => fc.tuple(...all.map((each) => fc.nat({ max: 9 }).map((n) => (n === 0 ? padded(each) : each)))))
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }))
    .map((all) => bytesOf(...all));
}
const maybe = (field: fc.Arbitrary<Uint8Array>): fc.Arbitrary<readonly Uint8Array[]> => fc.array(field, { maxLength: 1 });
const once = (field: fc.Arbitrary<Uint8Array>): fc.Arbitrary<readonly Uint8Array[]> => fc.tuple(field);
const inside = (number: number, content: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> => content.map((each) => lengthField(number, each));

const stringAny = text.map(stringValue);
const value: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: stringAny },
  fc.boolean().map((each) => varintField(2, each ? 1 : 0)),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((each) => varintField(3, each)),
  fc.double().map((each) => doubleField(4, each)),
  fc.array(stringAny, { maxLength: 4 }).map(listValue),
  fc.array(fc.oneof(stringAny, fc.constant(varintField(3, 5)), fc.constant(new Uint8Array())), { maxLength: 3 }).map(listValue),
  fc.constant(lengthField(6, lengthField(1, textField(1, 'in a map')))),
  fc.uint8Array({ maxLength: 8 }).map((each) => lengthField(7, each)),
  fc.constant(new Uint8Array()),
);

/** Requests whose attribute keys are drawn from `keys`. */
export function requests(keys: readonly string[]): fc.Arbitrary<Uint8Array> {
  const key = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...keys) }, { weight: 1, arbitrary: text }).map((each) => textField(1, each));
  const attributes = (number: number): fc.Arbitrary<readonly Uint8Array[]> =>
    fc.array(inside(number, message(once(key), maybe(inside(2, message(maybe(value)))))), { maxLength: 6 });
  const scopeName = fc.constantFrom('', 'ai', '@warmspare/instrumentation/evidence');
  const nanos = fc.bigInt(0n, 2n ** 64n - 1n);
  const id = (number: number, length: number, shorter: number): fc.Arbitrary<readonly Uint8Array[]> =>
    maybe(inside(number, fc.uint8Array({ minLength: length - shorter, maxLength: length })));
  const spanOf = (shorter: number, some: typeof once): fc.Arbitrary<Uint8Array> => message(
    id(1, 16, shorter),
    id(2, 8, shorter),
    id(4, 8, shorter),
    maybe(text.map((each) => textField(5, each))),
    maybe(fc.integer({ min: 0, max: 5 }).map((each) => varintField(6, each))),
    maybe(fc.constant(bytesOf(tag(16, 5), [1, 1, 0, 0]))),
    some(nanos.map((each) => fixed64Field(7, each))),
    some(nanos.map((each) => fixed64Field(8, each))),
    attributes(9),
    maybe(inside(11, message(maybe(text.map((each) => textField(2, each))), attributes(3)))),
    maybe(inside(15, message(maybe(text.map((each) => textField(2, each))), maybe(fc.integer({ min: 0, max: 2 }).map((each) => varintField(3, each)))))),
  );
  // With ids of another length and no times it would be another signal's.
  const span = fc.oneof(spanOf(0, maybe), spanOf(2, once));
  const scope = knownMessage(fc.array(inside(2, span), { maxLength: 4 }), maybe(inside(1, message(maybe(scopeName.map((each) => textField(1, each))), attributes(3)))));
  const group = knownMessage(maybe(inside(1, message(attributes(1)))), fc.array(inside(2, scope), { maxLength: 2 }));
  return knownMessage(fc.array(inside(1, group), { maxLength: 3 }));
}
