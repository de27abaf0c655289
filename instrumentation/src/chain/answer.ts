/**
 * What a target resolved to in, what the chain makes of it out: an answer that clients know (read by their reader), a text, or a
 * value of the user's own. Never changes or keeps what it reads.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { RouteType } from '@warmspare/semconv';
import { fields } from '../base/read.ts';
import { inputOf, type Output } from '../call/output.ts';
import { isNoAnswer } from '../clients/finish.ts';
import type { CallAnswer, ReadAnswer } from '../types/call.ts';
import { NoAnswerError, RefusalError, SchemaInvalidError, TruncatedError, UnreadableAnswerError } from './errors.ts';
import { answerIn, errorIn, streamIn } from './known-answers.ts';
import { declareSchema, validate } from './schema.ts';
import type { Rung } from './types.ts';

/** What a target resolved to, read. */
export interface Given {
  readonly target: string;
  readonly value: unknown;
  /** As its client reads it. Undefined for the user's own values. */
  readonly answer: CallAnswer | undefined;
}

/** Reads a value: what a client inside resolved to is known already, the rest is known by its shape. */
export function read({ name, type }: Target, value: unknown, known: CallAnswer | undefined): Given {
  const found = known ?? answerIn(value);
  // What the user's own code made in the form of an answer needs no word for its end.
  const unworded = known === undefined && found?.finish === 'unknown' && (found.finishReasons ?? []).length === 0;
  const answer = unworded && !isModel(type) ? { ...found, finish: 'success' as const } : found;
  return { target: name, value, answer };
}

type Target = Pick<Rung<unknown, unknown, unknown>, 'name' | 'type'>;

/** Whether a model is asked for the answer, as far as the chain is told. */
function isModel(type: RouteType): boolean {
  return type === 'primary' || type === 'fallback';
}

/** Throws where the value says itself that no answer came. */
export function refuseNoAnswer({ answer }: Given): void {
  if (answer !== undefined) throwIfNone(answer);
}

/**
 * Throws where a model's target resolved to what stands in the place of an answer, and no schema says that it may: null, or an error of
 * a provider whose client is not patched.
 */
export function refuseNothing({ target, value, answer }: Given, type: RouteType, newest: ReadAnswer | undefined): void {
  if (answer !== undefined || newest !== undefined || !isModel(type)) return;
  if (value === null) throw new UnreadableAnswerError(target, 'null');
  const error = errorIn(value);
  if (error !== undefined) throwIfNone(error);
}

function throwIfNone({ finish = 'error', errorType }: CallAnswer): void {
  if (isNoAnswer(finish)) throw new NoAnswerError(finish, errorType);
}

/** Extracts, parses and validates. Throws why the chain must go on; what the user's own schema code throws passes through. */
export async function parse(schema: StandardSchemaV1, given: Given): Promise<unknown> {
  const { target, value, answer } = given;
  if (answer === undefined && streamIn(value) !== undefined) throw new UnreadableAnswerError(target, 'a stream');
  if (answer !== undefined) refuseUnusable(answer);
  const input = answer === undefined || typeof value === 'string' ? parsed(value, schema) : outputOf(answer, schema);
  try {
    return await validate(schema, input);
  } catch (error) {
    if (!(error instanceof SchemaInvalidError)) throw error;
    if (typeof input === 'string' && typeOf(schema) === undefined) throw new SchemaInvalidError('not_json');
    if (answer !== undefined) throw error;
    const inPlace = errorIn(value);
    if (inPlace !== undefined) throwIfNone(inPlace);
    const what = unreadable(value, schema);
    throw what === undefined ? error : new UnreadableAnswerError(target, what);
  }
}

function refuseUnusable(answer: CallAnswer): void {
  throwIfNone(answer);
  if (answer.finish === 'refused') throw new RefusalError();
  if (answer.finish === 'truncated') throw new TruncatedError();
  if (answer.finish === 'schema_invalid') throw new SchemaInvalidError('_OTHER');
}

function outputOf(answer: CallAnswer, schema: StandardSchemaV1): unknown {
  const { text = '', toolInputs = [] } = answer;
  const [tool, ...more] = toolInputs;
  if (tool === undefined || more.length > 0) return parsed(text, schema);
  // Structured output by a tool. Some models write a sentence before they call it.
  if (text.trim() === '') return fromTool(inputOf(tool));
  return isJson(text) ? parsed(text, schema) : fromTool(inputOf(tool));
}

function fromTool(output: Output): unknown {
  return output.kind === 'value' ? output.value : parseJson(output.text);
}

function parsed(value: unknown, schema: StandardSchemaV1): unknown {
  if (typeof value !== 'string' || isOfText(schema)) return value;
  // One of several forms may be a text, and of some schemas nothing is known.
  if (typeOf(schema) === undefined && !isJson(value)) return value;
  return parseJson(value);
}

/** The JSON type that a schema describes, where it has one. */
function typeOf(schema: StandardSchemaV1): unknown {
  return fields(declareSchema(schema).jsonSchema).type;
}

function isOfText(schema: StandardSchemaV1): boolean {
  return typeOf(schema) === 'string';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The SyntaxError would quote the output.
    throw new SchemaInvalidError('not_json');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * What kind of thing a value is that the schema turned down and that was no attempt at it: an answer of a client that nobody here
 * knows, or what is no data at all. Undefined for data.
 */
function unreadable(value: unknown, schema: StandardSchemaV1): string | undefined {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return `an object of the class ${fields(prototype).constructor?.name ?? 'of another client'}`;
  }
  // What the schema speaks of is the user's.
  const described = JSON.stringify(declareSchema(schema).jsonSchema ?? null);
  const isMarked = MARKS.some((mark) => mark in value && !described.includes(JSON.stringify(mark)));
  return isMarked ? 'the answer of an unknown client' : undefined;
}

/** What providers' answers have and data has not: an end, tokens, a request's metadata. */
const MARKS: readonly string[] = [
  'finish_reason',
  'finishReason',
  'stop_reason',
  'stopReason',
  'done_reason',
  'choices',
  'candidates',
  'usage',
  'usageMetadata',
  '$metadata',
];

/** Whether a value shows that an answer came. An HTTP response does not, whose body nobody here reads; nothing does for the user's own code. */
export function showsAnswer(value: unknown, type: RouteType): boolean {
  if (value === undefined || value === null) return !isModel(type);
  const { status, headers, arrayBuffer } = fields(value);
  return !(typeof status === 'number' && headers !== undefined && typeof arrayBuffer === 'function');
}
