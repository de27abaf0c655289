/** The building blocks of the schema: scalars with units, optional and defaulted keys, sections; each carries what the configuration table says of it. */
import { z } from 'zod';
import { namesFile } from '../base/file-name.ts';
import { GLOB_LENGTH } from '../base/glob.ts';
import { UnitError } from './units.ts';

/** What the configuration table says of a key. */
export interface About {
  readonly kind: string;
  readonly doc: string;
  readonly default?: string;
}

/** Reads a scalar with `read`; a {@link UnitError} becomes an issue that carries its remedy. */
export function scalar<T>(read: (text: string) => T): z.ZodType<T, unknown> {
  return z.unknown().transform((value, context) => {
    try {
      if (typeof value !== 'string' && typeof value !== 'number')
        throw new UnitError(wrongKind(value), 'write one value here');
      return read(String(value));
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
      context.issues.push({
        code: 'custom',
        message: error.message,
        params: { remedy: error.remedy, isSecret: error.isSecret },
        input: value,
      });
      return z.NEVER;
    }
  });
}

function wrongKind(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is empty';
  return Array.isArray(value) ? 'is a list' : typeof value === 'object' ? 'is a map' : `is ${String(value)}`;
}

export const readText = (text: string): string => {
  if (text.trim() === '') throw new UnitError('is empty', 'write a value, or leave the key out where it is optional');
  return text;
};
export const readFileName = (text: string): string => {
  if (!namesFile(readText(text)))
    throw new UnitError('names no file', 'write the path of a file: the evidence must outlive the process');
  return text;
};
export const readGlob = (text: string): string => {
  if (readText(text).length > GLOB_LENGTH)
    throw new UnitError('could never match', `values are compared on ${GLOB_LENGTH} characters; write a shorter one`);
  return text;
};
export const readHeader = (text: string): string => {
  if (!/^[\t\x20-\x7e]*$/.test(text))
    throw new UnitError('cannot be sent as a header', 'write printable ASCII on one line');
  return text;
};
export const readMethod = (text: string): string => {
  if (!/^(GET|POST|PUT|PATCH|DELETE)$/i.test(text))
    throw new UnitError('is no method of HTTP', 'write GET, POST, PUT, PATCH or DELETE');
  return text.toUpperCase();
};
export const readTraceUrl = (text: string): string => {
  const remedy = 'write a URL such as https://tempo.example/trace/{trace_id}';
  const filled = text.replaceAll('{trace_id}', 'a').replaceAll('{span_id}', 'b');
  if (!/^https?:\/\//i.test(text) || !URL.canParse(filled)) throw new UnitError('is not an http URL', remedy);
  if (!text.includes('{trace_id}')) throw new UnitError('has no {trace_id} in it', remedy);
  return text;
};
export const readPool = (text: string): number => {
  if (!/^[1-9]\d?$/.test(text)) throw new UnitError('is not a number of connections', 'write between 1 and 99');
  return Number(text);
};
export const readCount = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text))
    throw new UnitError('is not a whole number above zero', 'write a number such as 200000');
  return Number(text);
};

export const needed = <T>(schema: z.ZodType<T, unknown>, kind: string, doc: string): z.ZodType<T, unknown> =>
  schema.meta({ kind, doc } satisfies About);
export const optional = <T>(
  schema: z.ZodType<T, unknown>,
  kind: string,
  doc: string,
): z.ZodType<T | undefined, unknown> => schema.optional().meta({ kind, doc } satisfies About);
export const defaulted = <T>(
  schema: z.ZodType<T, unknown>,
  value: unknown,
  kind: string,
  doc: string,
): z.ZodType<T, unknown> =>
  schema
    .prefault(value)
    .meta({ kind, doc, default: Array.isArray(value) ? `[${value.join(', ')}]` : String(value) } satisfies About);

/** A map whose keys are all known; a section that is named and left empty is one with its defaults. */
export function section<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodPreprocess<z.ZodObject<{ -readonly [Key in keyof Shape]: Shape[Key] }, z.core.$strict>> {
  return z.preprocess((value) => value ?? {}, z.strictObject(shape));
}

/** Of the kinds of exercise all but the health checks: they prove that a model answers, not that the fallback works. */
export const countedKind = <T>(kind: z.ZodType<T, unknown>): z.ZodType<T, unknown> =>
  z.preprocess((value, context) => {
    if (value === 'probe') {
      const message = 'proves only that a model answers, so it cannot count as an exercise';
      const params = { remedy: 'leave it out: probes are counted in calls and tell of the assumption available' };
      context.issues.push({ code: 'custom', message, params, input: value });
    }
    return value;
  }, kind);
export const list = <T>(item: z.ZodType<T, unknown>): z.ZodType<readonly T[], unknown> => z.array(item);
