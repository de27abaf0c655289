/**
 * A JSON Schema or a prompt in, 16 hex digits out. Equal for schemas that differ only in what does not decide which outputs
 * are valid; never reveals the text, never throws, never keeps anything.
 */
import { createHash } from 'node:crypto';

/** Longer schemas (characters of their JSON) have no fingerprint, so that one of hostile size costs little. */
const MAX_LENGTH = 1_048_576;

/** 64 bits: enough to tell the few revisions of one chain apart. */
const HEX_DIGITS = 16;

/**
 * The fingerprint of a JSON Schema, as it would go over the wire (`JSON.stringify`). Undefined for what is no schema: neither
 * an object nor a boolean, cyclic, not expressible in JSON, nested too deep or longer than 1 MiB.
 *
 * Not part of the meaning, so that they do not change it: the order of keys; the order and repetition inside `required`,
 * `enum`, `type`, `anyOf`, `allOf` and `dependentRequired` (inside `oneOf` the order only); a `type` list of one; and the
 * keywords that validate nothing (JSON Schema 2020-12, Validation, section 9, and Core, sections 8.1.1 and 8.3): `title`,
 * `description`, `default`, `deprecated`, `readOnly`, `writeOnly`, `examples`, `$comment` and `$schema`. They are left out only
 * where they are keywords: a property named `title` is meaning. Everything else is, keywords of vendors included. References
 * are not followed: a schema with `$ref` differs from the same one written out.
 */
export function schemaFingerprint(schema: unknown): string | undefined {
  try {
    const text: string | undefined = JSON.stringify(schema);
    if (text === undefined || text.length > MAX_LENGTH) return undefined;
    const value: unknown = JSON.parse(text);
    return typeof value === 'boolean' || isRecord(value) ? digest(canonicalSchema(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** The fingerprint of a prompt's static text, exactly as given: a changed space is a changed prompt. */
export function promptFingerprint(text: string): string {
  return digest(text);
}

const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$comment',
  '$schema',
  'default',
  'deprecated',
  'description',
  'examples',
  'readOnly',
  'title',
  'writeOnly',
]);

/** Keywords whose value is a schema, or (`items` before 2020-12) a list of schemas in order. */
const SCHEMA: ReadonlySet<string> = new Set([
  'additionalItems',
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'prefixItems',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

/** Keywords whose value maps names to schemas (`dependencies` also to lists of names): there a key is never a keyword. */
const SCHEMA_BY_NAME: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'dependencies',
  'dependentSchemas',
  'patternProperties',
  'properties',
]);

type Write = (value: unknown) => string;

function canonicalSchema(schema: unknown): string {
  if (Array.isArray(schema)) return list(schema, canonicalSchema);
  if (!isRecord(schema)) return canonicalValue(schema);
  return object(
    Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.has(keyword)),
    (value, keyword) => canonicalKeyword(keyword, value),
  );
}

function canonicalKeyword(keyword: string, value: unknown): string {
  if (SCHEMA.has(keyword)) return canonicalSchema(value);
  if (SCHEMA_BY_NAME.has(keyword) && isRecord(value)) {
    return object(Object.entries(value), (named) =>
      Array.isArray(named) ? set(named, canonicalValue) : canonicalSchema(named),
    );
  }
  if (keyword === 'dependentRequired' && isRecord(value)) {
    return object(Object.entries(value), (names) =>
      Array.isArray(names) ? set(names, canonicalValue) : canonicalValue(names),
    );
  }
  if (!Array.isArray(value)) return canonicalValue(value);
  switch (keyword) {
    case 'required':
    case 'enum':
      return set(value, canonicalValue);
    case 'type':
      return value.length === 1 ? canonicalValue(value[0]) : set(value, canonicalValue);
    case 'anyOf':
    case 'allOf':
      return set(value, canonicalSchema);
    case 'oneOf':
      // The same alternative twice can never be the only one that matches: repetition is meaning here.
      return `[${value.map(canonicalSchema).sort().join(',')}]`;
    default:
      return canonicalValue(value);
  }
}

/** Any JSON value as itself: keys sorted, order of lists kept. */
function canonicalValue(value: unknown): string {
  if (Array.isArray(value)) return list(value, canonicalValue);
  if (isRecord(value)) return object(Object.entries(value), canonicalValue);
  return JSON.stringify(value);
}

function object(entries: readonly [string, unknown][], write: (value: unknown, key: string) => string): string {
  const members = entries.map(([key, value]): [string, string] => [key, write(value, key)]);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;
}

function list(values: readonly unknown[], write: Write): string {
  return `[${values.map(write).join(',')}]`;
}

function set(values: readonly unknown[], write: Write): string {
  return `[${[...new Set(values.map(write))].sort().join(',')}]`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HEX_DIGITS);
}
