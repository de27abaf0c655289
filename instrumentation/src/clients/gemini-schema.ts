/**
 * A schema in Google's own dialect (types in capitals, `nullable`) in, the JSON Schema that says the same out. One object for one
 * schema object, never the caller's own where it had to be changed.
 */
import { fields } from '../base/read.ts';

/** Deeper than any schema that a model keeps to. */
const MAX_DEPTH = 32;

const kept = new WeakMap<object, object>();

/** https://ai.google.dev/api/caching#Schema. What is JSON Schema already is given back as it is; undefined for what is no object. */
export function geminiSchema(schema: unknown): object | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const known = kept.get(schema);
  if (known !== undefined) return known;
  const made = isGoogles(schema) ? (jsonSchemaOf(schema, 0) as object) : schema;
  kept.set(schema, made);
  return made;
}

function isGoogles(schema: object): boolean {
  const { type, nullable, anyOf } = fields(schema);
  if (typeof type === 'string') return type === type.toUpperCase() || nullable !== undefined;
  return Array.isArray(anyOf) && anyOf.some((each) => typeof each === 'object' && each !== null && isGoogles(each));
}

/** In Google's form integers may be texts. */
const NUMBERS: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
]);
const OWN: ReadonlySet<string> = new Set(['nullable', 'propertyOrdering', 'example', 'format']);

function jsonSchemaOf(schema: unknown, depth: number): unknown {
  if (typeof schema !== 'object' || schema === null || depth > MAX_DEPTH) return schema;
  const { type, nullable } = fields(schema);
  const made: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (OWN.has(key)) continue;
    made[key] = NUMBERS.has(key) ? Number(value) : value;
    if (key === 'properties') made[key] = mapValues(value, (each) => jsonSchemaOf(each, depth + 1));
    if (key === 'items') made[key] = jsonSchemaOf(value, depth + 1);
    if (key === 'anyOf' && Array.isArray(value)) made[key] = value.map((each) => jsonSchemaOf(each, depth + 1));
  }
  if (typeof type === 'string') made.type = nullable === true ? [type.toLowerCase(), 'null'] : type.toLowerCase();
  if (type === 'TYPE_UNSPECIFIED') delete made.type;
  if (nullable === true && Array.isArray(made.enum)) made.enum = [...made.enum, null];
  return made;
}

function mapValues(value: unknown, each: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields(value)).map(([key, one]) => [key, each(one)]));
}
