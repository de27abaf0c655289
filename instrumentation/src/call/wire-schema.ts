/**
 * Outputs and the JSON Schema that the provider was asked to keep to in, whether they keep to it out. Checked without
 * generating code, once a schema object compiled, within bounds of size, steps and time: what exceeds them is not evaluated. Never
 * keeps an output.
 */
import { type Schema, Validator } from '@cfworker/json-schema';
import { patternCost, type SchemaErrorType, type SchemaValidity, schemaFingerprint } from '@warmspare/semconv';
import { fields } from '../base/read.ts';
import type { Output } from './output.ts';

export interface WireCheck {
  readonly validity: SchemaValidity;
  readonly errorType?: SchemaErrorType;
}

/** Characters. Checking this much takes about as long as a slow event-loop turn; longer outputs are rare. */
const MAX_OUTPUT = 131_072;

const fingerprints = new WeakMap<object, string>();
const checkers = new WeakMap<object, Checker>();

/** Characters of a schema's JSON. */
const MAX_SCHEMA = 262_144;

/** Schemas that one check may apply: one that refers to itself in several ways applies them without end. */
const MAX_STEPS = 50_000;

/** ms that one check may take. */
const MAX_TIME = 150;

/** Steps of one regular expression, or of one array's comparison with itself, on the longest text or the whole value. */
const MAX_COST = 10_000_000;

interface Checker {
  readonly validator: Validator;
  readonly patterns: readonly string[];
  readonly comparesItems: boolean;
  /** Steps and epoch of the check under way. */
  readonly budget: { steps: number; until: number };
}

/** The fingerprint of a schema object, taken once. Undefined where the schema has none. */
export function wireFingerprint(schema: object): string | undefined {
  const known = fingerprints.get(schema);
  if (known !== undefined) return known;
  const fingerprint = schemaFingerprint(schema);
  if (fingerprint !== undefined) fingerprints.set(schema, fingerprint);
  return fingerprint;
}

/** Holds the outputs against `schema`: one that breaks it is what counts. Without any (a refusal, other tools), nothing is evaluated. */
export function checkWire(schema: object, outputs: readonly Output[]): WireCheck {
  let worst: WireCheck | undefined;
  for (const output of outputs) {
    const check = checkOne(schema, output);
    if (check.validity === 'invalid') return check;
    if (worst === undefined || check.validity === 'not_evaluated') worst = check;
  }
  return worst ?? NOT_EVALUATED;
}

const NOT_EVALUATED: WireCheck = { validity: 'not_evaluated' };

function checkOne(schema: object, output: Output): WireCheck {
  let value: unknown;
  try {
    if (output.kind === 'value') {
      value = output.value;
      // As large as its text would be.
      if (JSON.stringify(value).length > MAX_OUTPUT) return NOT_EVALUATED;
    } else {
      if (output.text.length > MAX_OUTPUT) return NOT_EVALUATED;
      value = JSON.parse(output.text);
    }
  } catch {
    return { validity: 'invalid', errorType: 'not_json' };
  }
  try {
    const { validator, patterns, comparesItems, budget } = checkerOf(schema);
    const { longestText, longestList, size } = measure(value);
    if (patterns.some((pattern) => patternCost(pattern, longestText) > MAX_COST)) return NOT_EVALUATED;
    if (comparesItems && longestList * size > MAX_COST) return NOT_EVALUATED;
    Object.assign(budget, { steps: MAX_STEPS, until: performance.now() + MAX_TIME });
    const result = validator.validate(value);
    if (result.valid) return { validity: 'valid' };
    return { validity: 'invalid', errorType: errorType(result.errors.map(({ keyword }) => keyword)) };
  } catch {
    // A schema that the checker cannot follow (a remote $ref, one that took too long) says nothing about the output.
    return NOT_EVALUATED;
  }
}

function checkerOf(schema: object): Checker {
  const known = checkers.get(schema);
  if (known !== undefined) return known;
  // It marks sub-schemas with symbols of its own: it is given a copy, the user's object stays as it is.
  const copy = plain(schema);
  const budget = { steps: 0, until: 0 };
  const patterns = new Set<string>();
  let comparesItems = false;
  for (const each of objectsIn(copy)) {
    const { pattern, patternProperties, uniqueItems } = fields(each);
    if (typeof pattern === 'string') patterns.add(pattern);
    for (const key of Object.keys(fields(patternProperties))) patterns.add(key);
    if (uniqueItems === true) comparesItems = true;
    countReads(each, budget);
  }
  const validator = new Validator(copy as Schema, '2020-12', true);
  const checker = { validator, patterns: [...patterns], comparesItems, budget };
  checkers.set(schema, checker);
  return checker;
}

/** The checker reads every keyword of a schema each time that it applies it: one that nobody writes any more counts, and ends it in time. */
function countReads(schema: object, budget: Checker['budget']): void {
  if (Array.isArray(schema) || '$recursiveAnchor' in schema) return;
  Object.defineProperty(schema, '$recursiveAnchor', {
    enumerable: false,
    get(): undefined {
      budget.steps -= 1;
      const late = budget.steps % 256 === 0 && performance.now() > budget.until;
      if (budget.steps < 0 || late) throw new RangeError('the check took too long');
    },
  });
}

function* objectsIn(value: unknown): Generator<object> {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    yield next;
    waiting.push(...Object.values(next));
  }
}

/** Keys count as texts: patterns are held against them, too. */
function measure(value: unknown): { longestText: number; longestList: number; size: number } {
  const found = { longestText: 0, longestList: 0, size: 0 };
  const text = (one: string): void => {
    found.longestText = Math.max(found.longestText, one.length);
    found.size += one.length;
  };
  if (typeof value === 'string') text(value);
  for (const each of objectsIn(value)) {
    const members = Object.entries(each);
    if (Array.isArray(each)) found.longestList = Math.max(found.longestList, members.length);
    found.size += members.length;
    for (const [key, member] of members) {
      if (!Array.isArray(each)) text(key);
      if (typeof member === 'string') text(member);
    }
  }
  return found;
}

/** What JSON would carry: zod's helpers hang functions on the schemas that they make. Throws where that is too much. */
function plain(schema: object): object {
  const json = JSON.stringify(schema);
  if (json.length > MAX_SCHEMA) throw new RangeError('the schema is too large');
  return JSON.parse(json) as object;
}

/** The checker reports the containers (`properties`, `items`) before what is wrong inside: the first keyword that is no container. */
function errorType(keywords: readonly string[]): SchemaErrorType {
  for (const keyword of keywords) {
    switch (keyword) {
      case 'required':
      case 'dependentRequired':
        return 'missing_required';
      case 'type':
        return 'type_mismatch';
      case 'enum':
      case 'const':
        return 'enum_mismatch';
      case 'properties':
      case 'items':
      case 'prefixItems':
      case '$ref':
      case 'allOf':
      case 'anyOf':
      case 'oneOf':
      case 'then':
      case 'else':
        break;
      default:
        return 'constraint';
    }
  }
  return '_OTHER';
}
