/**
 * A Standard Schema (zod, valibot, arktype ...) in; its fingerprint, and whether an answer keeps to it, out. Validates once, so
 * that transforms run once; never lets a vendor's failure to describe itself reach the caller.
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { type SchemaErrorType, schemaFingerprint } from '@warmspare/semconv';
import { fields } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import type { DeclaredSchema } from '../types/attempt.ts';
import { SchemaInvalidError } from './errors.ts';

const declared = new WeakMap<object, DeclaredSchema>();

/** What spans say of a schema: taken once a schema object. */
export function declareSchema(schema: StandardSchemaV1): DeclaredSchema {
  const known = declared.get(schema);
  if (known !== undefined) return known;
  // The input side is what a model must produce; the output side is what transforms make of it.
  const jsonSchema = guarded('a schema could not be described', () => describe(schema), undefined);
  const found: DeclaredSchema = { jsonSchema, fingerprint: schemaFingerprint(jsonSchema) };
  declared.set(schema, found);
  return found;
}

/** What the schema makes of a value. Throws SchemaInvalidError; what the user's own schema code throws passes through. */
export async function validate<S extends StandardSchemaV1>(
  schema: S,
  value: unknown,
): Promise<StandardSchemaV1.InferOutput<S>> {
  const result = await schema['~standard'].validate(value);
  if (result.issues !== undefined) throw new SchemaInvalidError(issueType(result.issues[0], value), result.issues);
  return result.value as StandardSchemaV1.InferOutput<S>;
}

/** Standard JSON Schema, https://standardschema.dev/json-schema: not every vendor and not every schema has one. */
function describe(schema: StandardSchemaV1): object | undefined {
  const { jsonSchema }: Partial<StandardJSONSchemaV1.Props> = schema[
    '~standard'
  ] as Partial<StandardJSONSchemaV1.Props>;
  return jsonSchema?.input({ target: 'draft-2020-12' });
}

/** Vendors' issues agree on `path` only; the rest is read from zod's `code` and from valibot's `kind` and `type`. */
function issueType(issue: StandardSchemaV1.Issue | undefined, input: unknown): SchemaErrorType {
  if (issue === undefined) return '_OTHER';
  const { code, kind, type } = fields(issue);
  const path = issue.path ?? [];
  if (path.length > 0 && isMissing(input, path)) return 'missing_required';
  if (code === 'required') return 'missing_required';
  if (code === 'invalid_value' || ENUMS.has(type)) return 'enum_mismatch';
  if (code === 'invalid_union') return 'discriminator' in issue ? 'enum_mismatch' : 'type_mismatch';
  if (code === 'invalid_type' || code === 'domain' || kind === 'schema') return 'type_mismatch';
  return code !== undefined || kind === 'validation' ? 'constraint' : '_OTHER';
}

const ENUMS: ReadonlySet<unknown> = new Set(['picklist', 'enum', 'literal', 'variant']);

function isMissing(input: unknown, path: readonly (PropertyKey | StandardSchemaV1.PathSegment)[]): boolean {
  let current = input;
  for (const segment of path) {
    if (typeof current !== 'object' || current === null) return false;
    current = Reflect.get(current, typeof segment === 'object' ? segment.key : segment);
  }
  return current === undefined;
}
