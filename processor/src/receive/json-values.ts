/**
 * Members of OTLP/JSON messages in, values out: null is unset, numbers may be texts (protobuf's JSON mapping). What has the wrong kind is
 * a MalformedRequest with its path.
 */

import { isHex } from '../base/ids.ts';
import { cut } from '../base/texts.ts';
import { MAX_TEXT_BYTES } from './intern.ts';
import { MalformedRequest } from './malformed.ts';

/** Any object of JSON: each of its fields is looked at before it is used. */
export type Fields = Readonly<Record<string, unknown>>;

export const isSet = (value: unknown): boolean => value !== undefined && value !== null;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function fieldsOf(value: unknown, path: string): Fields {
  if (!isFields(value)) throw new MalformedRequest(`${path} is not an object`);
  return value;
}

/** A missing list is an empty one. */
export function listOf(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedRequest(`${path} is not a list`);
  return value;
}

export function textOf(value: unknown, path: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new MalformedRequest(`${path} is not text`);
  return readableText(value);
}

/** JSON can name one half of a character alone, which no encoding can hold. */
export const readableText = (text: string): string => cut(text.toWellFormed(), MAX_TEXT_BYTES);

export function hexOf(value: unknown, path: string): string {
  const text = textOf(value, path);
  if (!isHex(text)) throw new MalformedRequest(`${path} is not in hex digits`);
  return text;
}

export function integerOf(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : Number.NaN;
  if (!Number.isInteger(number)) throw new MalformedRequest(`${path} is not a whole number`);
  return number;
}

/** With an exponent, too, as the mapping allows. */
const DECIMAL = /^-?\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,2})?$/i;

/** Names, as the protobuf JSON mapping has them, for what JSON has no number for. */
export function doubleOf(value: unknown, path: string): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || (Number.isNaN(number) && value !== 'NaN'))
    throw new MalformedRequest(`${path} is not a number`);
  return number;
}

/** Text keeps every digit; a number of JSON has lost those below 128 ns, so it is rounded to the microsecond. */
export function millisOf(value: unknown, path: string): number {
  if (value === undefined || value === null || value === '') return 0;
  const nanos = integerOf(value, path);
  if (!(nanos >= 0)) throw new MalformedRequest(`${path} is before 1970`);
  if (typeof value !== 'string' || !/^\d+$/.test(value)) return Math.round(nanos / 1e3) / 1e3;
  return Number(value.slice(0, -6)) + Number(value.slice(-6)) / 1e6;
}

/** An enum's value as a number, as a number in text, or by its name, which other protobuf JSON encoders write. */
export function enumOf(value: unknown, names: ReadonlyMap<string, number>): number {
  if (!isSet(value)) return 0;
  const code = typeof value === 'string' ? (names.get(value) ?? value) : value;
  return typeof code === 'number' || (typeof code === 'string' && DECIMAL.test(code)) ? Number(code) : UNKNOWN_CODE;
}

const UNKNOWN_CODE = -1;

export const STATUS_CODES: ReadonlyMap<string, number> = named('STATUS_CODE_', ['UNSET', 'OK', 'ERROR']);
export const SPAN_KINDS: ReadonlyMap<string, number> = named('SPAN_KIND_', [
  'UNSPECIFIED',
  'INTERNAL',
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
]);

function named(prefix: string, names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, code) => [`${prefix}${name}`, code]));
}
