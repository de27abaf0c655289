/** The schema goes in, one row a key comes out, and the Markdown table of the README. */
import { z } from 'zod';
import type { About } from './fields.ts';
import { configSchema } from './schema.ts';

/** One key of warmspare.yaml. */
interface ConfigKey extends About {
  /** `chains[].targets[].max_latency`. */
  readonly path: string;
}

/** Every key that holds a value, in the order of the schema. */
function configKeys(): readonly ConfigKey[] {
  return [...walk(configSchema, '')];
}

/** The keys that the schema knows at a path of a document. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: z.core.$ZodType | undefined = configSchema;
  for (const step of path) {
    const inner: z.core.$ZodType | undefined = schema === undefined ? undefined : unwrap(schema);
    if (inner instanceof z.ZodObject) schema = inner.shape[String(step)] as z.core.$ZodType | undefined;
    else schema = inner instanceof z.ZodArray ? inner.element : undefined;
  }
  const inner = schema === undefined ? undefined : unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The README's table. */
export function configTable(): string {
  const rows = configKeys().map(({ path, kind, default: value, doc }) => {
    const cell = value === undefined ? '' : `\`${value}\``;
    return `| \`${path}\` | ${kind} | ${cell} | ${doc} |`;
  });
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function* walk(schema: z.core.$ZodType, path: string): Iterable<ConfigKey> {
  const about = z.globalRegistry.get(schema);
  if (about !== undefined) {
    yield { path, ...(about as unknown as About) };
    return;
  }
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    for (const [key, value] of Object.entries(inner.shape)) yield* walk(value, path === '' ? key : `${path}.${key}`);
  } else if (inner instanceof z.ZodArray) {
    yield* walk(inner.element, `${path}[]`);
  }
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) return unwrap(schema.def.innerType);
  if (schema instanceof z.ZodPipe) return unwrap(schema.out);
  return schema;
}
