/**
 * A JSON Schema and a value in, whether the value fits out. Both come from spans, so anybody may have written them: it compiles nothing,
 * runs no regular expression and takes a bounded number of steps. What it cannot tell within that is undecided, never a guess. Pure.
 */
import type { SchemaErrorType } from '@warmspare/semconv';

/** `undecided`: no part that was looked at breaks the schema, and some part could not be looked at. */
export type Finding = 'fits' | 'undecided' | SchemaErrorType;

interface Look {
  readonly root: unknown;
  steps: number;
}

type Fields = Readonly<Record<string, unknown>>;
type Keyword = (given: unknown, value: unknown, schema: Fields, look: Look, depth: number) => Finding;

const MAX_STEPS = 10_000;
const MAX_DEPTH = 64;
/** Longer texts are compared by their code units, which are as many or more. */
const MAX_COUNTED = 4_096;

/** Holds `value`, as JSON has it, against a schema of draft 7 or later. */
export function holdAgainst(schema: unknown, value: unknown): Finding {
  const look: Look = { root: schema, steps: 0 };
  const found = check(schema, value, look, 0);
  return look.steps > MAX_STEPS ? 'undecided' : found;
}

function check(schema: unknown, value: unknown, look: Look, depth: number): Finding {
  if (++look.steps > MAX_STEPS || depth > MAX_DEPTH) return 'undecided';
  if (typeof schema === 'boolean') return schema ? 'fits' : 'constraint';
  if (!isObject(schema)) return 'undecided';
  // OpenAPI's word for a value that may be missing.
  if (value === null && schema.nullable === true) return 'fits';
  return all(Object.entries(schema), ([name, given]) =>
    (KEYWORDS.get(name) ?? ignored)(given, value, schema, look, depth + 1),
  );
}

const isBroken = (found: Finding): found is SchemaErrorType => found !== 'fits' && found !== 'undecided';

/** All of them must fit. */
function all<T>(items: Iterable<T>, find: (item: T) => Finding): Finding {
  let found: Finding = 'fits';
  for (const item of items) {
    const next = find(item);
    if (isBroken(next)) return next;
    if (next === 'undecided') found = next;
  }
  return found;
}

const ignored: Keyword = () => 'fits';

/** What is not looked at, where it concerns the value. */
const unable =
  (concerns: (value: unknown) => boolean): Keyword =>
  (given, value) =>
    given !== false && concerns(value) ? 'undecided' : 'fits';

const type: Keyword = (given, value) => {
  const types = Array.isArray(given) ? given : [given];
  if (types.some((each) => isOfType(each, value))) return 'fits';
  return types.every((each) => TYPES.has(each)) ? 'type_mismatch' : 'undecided';
};

const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

function isOfType(name: unknown, value: unknown): boolean {
  switch (name) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === name && name !== 'undefined' && name !== 'function';
  }
}

const oneOfValues: Keyword = (given, value, _schema, look) =>
  Array.isArray(given) ? (given.some((each) => isEqual(each, value, look)) ? 'fits' : 'enum_mismatch') : 'undecided';

const required: Keyword = (given, value) => {
  if (!isObject(value)) return 'fits';
  if (!Array.isArray(given)) return 'undecided';
  return given.every((name) => typeof name === 'string' && Object.hasOwn(value, name)) ? 'fits' : 'missing_required';
};

const properties: Keyword = (given, value, _schema, look, depth) => {
  if (!isObject(value)) return 'fits';
  if (!isObject(given)) return 'undecided';
  return all(Object.entries(given), ([name, schema]) =>
    Object.hasOwn(value, name) ? check(schema, value[name], look, depth) : 'fits',
  );
};

const additionalProperties: Keyword = (given, value, schema, look, depth) => {
  if (!isObject(value)) return 'fits';
  const known = isObject(schema.properties) ? schema.properties : {};
  const others = Object.keys(value).filter((name) => !Object.hasOwn(known, name));
  if (others.length > 0 && schema.patternProperties !== undefined) return 'undecided';
  return all(others, (name) => check(given, value[name], look, depth));
};

const items: Keyword = (given, value, schema, look, depth) => {
  if (!Array.isArray(value)) return 'fits';
  if (Array.isArray(given)) return tuple(given, value, look, depth);
  const from = Array.isArray(schema.prefixItems) ? schema.prefixItems.length : 0;
  return all(value.slice(from), (each) => check(given, each, look, depth));
};

const prefixItems: Keyword = (given, value, _schema, look, depth) => {
  if (!Array.isArray(value)) return 'fits';
  return Array.isArray(given) ? tuple(given, value, look, depth) : 'undecided';
};

function tuple(schemas: readonly unknown[], values: readonly unknown[], look: Look, depth: number): Finding {
  return all(schemas.slice(0, values.length).entries(), ([place, schema]) => check(schema, values[place], look, depth));
}

/** Draft 7's, beside a tuple. */
const additionalItems: Keyword = (given, value, schema, look, depth) => {
  if (!Array.isArray(value) || !Array.isArray(schema.items)) return 'fits';
  return all(value.slice(schema.items.length), (each) => check(given, each, look, depth));
};

/** A bound on what `measure` gives, where it gives anything. */
const bounded =
  (measure: (value: unknown) => number | undefined, isWithin: (measured: number, bound: number) => boolean): Keyword =>
  (given, value) => {
    const measured = measure(value);
    if (measured === undefined) return 'fits';
    if (typeof given !== 'number') return 'undecided';
    return isWithin(measured, given) ? 'fits' : 'constraint';
  };

const atLeast = (measured: number, bound: number): boolean => measured >= bound;
const atMost = (measured: number, bound: number): boolean => measured <= bound;
const ofNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const ofItems = (value: unknown): number | undefined => (Array.isArray(value) ? value.length : undefined);
const ofProperties = (value: unknown): number | undefined => (isObject(value) ? Object.keys(value).length : undefined);
const ofText = (value: unknown): number | undefined => {
  if (typeof value !== 'string') return undefined;
  return value.length > MAX_COUNTED ? value.length : [...value].length;
};

const allOf: Keyword = (given, value, _schema, look, depth) =>
  Array.isArray(given) ? all(given, (each) => check(each, value, look, depth)) : 'undecided';

const anyOf: Keyword = (given, value, _schema, look, depth) => {
  if (!Array.isArray(given)) return 'undecided';
  let broken: Finding = 'constraint';
  let isDecided = true;
  for (const [place, each] of given.entries()) {
    const found = check(each, value, look, depth);
    if (found === 'fits') return 'fits';
    if (found === 'undecided') isDecided = false;
    else if (place === 0) broken = found;
  }
  return isDecided ? broken : 'undecided';
};

const oneOf: Keyword = (given, value, _schema, look, depth) => {
  if (!Array.isArray(given)) return 'undecided';
  const found = given.map((each) => check(each, value, look, depth));
  const fitting = found.filter((each) => each === 'fits').length;
  if (fitting > 1) return 'constraint';
  if (found.includes('undecided')) return 'undecided';
  return fitting === 1 ? 'fits' : (found[0] ?? 'constraint');
};

const not: Keyword = (given, value, _schema, look, depth) => {
  const found = check(given, value, look, depth);
  if (found === 'undecided') return 'undecided';
  return found === 'fits' ? 'constraint' : 'fits';
};

const ifThenElse: Keyword = (given, value, schema, look, depth) => {
  const found = check(given, value, look, depth);
  if (found === 'undecided') return 'undecided';
  const branch = found === 'fits' ? schema.then : schema.else;
  return branch === undefined ? 'fits' : check(branch, value, look, depth);
};

/** Into the same schema only. */
const reference: Keyword = (given, value, _schema, look, depth) => {
  if (typeof given !== 'string' || !given.startsWith('#')) return 'undecided';
  let found = look.root;
  for (const part of given.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return given === '#' || given.startsWith('#/') ? check(found, value, look, depth) : 'undecided';
};

const dependentRequired: Keyword = (given, value, schema, look, depth) => {
  if (!isObject(value)) return 'fits';
  if (!isObject(given)) return 'undecided';
  const names = Object.keys(given).filter((name) => Object.hasOwn(value, name));
  return all(names, (name) => required(given[name], value, schema, look, depth));
};

/** What no row has is no assertion, or one that no schema of an LLM's output uses. */
const KEYWORDS: ReadonlyMap<string, Keyword> = new Map([
  ['type', type],
  ['enum', oneOfValues],
  ['const', (given, value, schema, look, depth) => oneOfValues([given], value, schema, look, depth)],
  ['required', required],
  ['properties', properties],
  ['additionalProperties', additionalProperties],
  ['items', items],
  ['prefixItems', prefixItems],
  ['additionalItems', additionalItems],
  ['dependentRequired', dependentRequired],
  ['minimum', bounded(ofNumber, atLeast)],
  ['maximum', bounded(ofNumber, atMost)],
  ['exclusiveMinimum', bounded(ofNumber, (measured, bound) => measured > bound)],
  ['exclusiveMaximum', bounded(ofNumber, (measured, bound) => measured < bound)],
  ['minLength', bounded(ofText, atLeast)],
  ['maxLength', bounded(ofText, atMost)],
  ['minItems', bounded(ofItems, atLeast)],
  ['maxItems', bounded(ofItems, atMost)],
  ['minProperties', bounded(ofProperties, atLeast)],
  ['maxProperties', bounded(ofProperties, atMost)],
  ['allOf', allOf],
  ['anyOf', anyOf],
  ['oneOf', oneOf],
  ['not', not],
  ['if', ifThenElse],
  ['$ref', reference],
  ...['pattern', 'format'].map((name) => [name, unable((value) => typeof value === 'string')] as const),
  ...['uniqueItems', 'contains', 'unevaluatedItems'].map((name) => [name, unable(Array.isArray)] as const),
  ...['patternProperties', 'propertyNames', 'dependentSchemas', 'dependencies', 'unevaluatedProperties'].map(
    (name) => [name, unable(isObject)] as const,
  ),
  ...['$dynamicRef', '$recursiveRef'].map((name) => [name, unable(() => true)] as const),
  ['multipleOf', unable((value) => typeof value === 'number')],
]);

function isEqual(a: unknown, b: unknown, look: Look, depth = 0): boolean {
  if (a === b) return true;
  look.steps += depth > MAX_DEPTH ? MAX_STEPS : 1;
  if (look.steps > MAX_STEPS) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((each, at) => isEqual(each, b[at], look, depth + 1));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name], look, depth + 1))
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
