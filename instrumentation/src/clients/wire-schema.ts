/**
 * Outputs and the JSON Schema that the provider was asked to keep to in, whether they keep to it out. Checked without
 * generating code, once a schema object compiled; an output beyond the size limit is not evaluated. Never keeps an output.
 */
import { type Schema, Validator } from '@cfworker/json-schema';
import { type SchemaErrorType, type SchemaValidity, schemaFingerprint } from '@warmspare/semconv';
import type { Output } from './output.ts';

export interface WireCheck {
  readonly validity: SchemaValidity;
  readonly errorType?: SchemaErrorType;
}

/** Characters. Checking this much takes about as long as a slow event-loop turn; longer outputs are rare. */
const MAX_OUTPUT = 131_072;

const fingerprints = new WeakMap<object, string>();
const validators = new WeakMap<object, Validator>();

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
    const result = validatorOf(schema).validate(value);
    if (result.valid) return { validity: 'valid' };
    return { validity: 'invalid', errorType: errorType(result.errors.map(({ keyword }) => keyword)) };
  } catch {
    // A schema that the checker cannot follow (a remote $ref) says nothing about the output.
    return NOT_EVALUATED;
  }
}

function validatorOf(schema: object): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  // It marks sub-schemas with symbols of its own: it is given a copy, the user's object stays as it is.
  const validator = new Validator(plain(schema) as Schema, '2020-12', true);
  validators.set(schema, validator);
  return validator;
}

/** What JSON would carry: zod's helpers hang functions on the schemas that they make. */
function plain(schema: object): object {
  return JSON.parse(JSON.stringify(schema)) as object;
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
