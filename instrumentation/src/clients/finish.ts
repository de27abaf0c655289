/**
 * What an answer shows of its end in, how it ended out: the same rule for every client. The provider's words are classified by
 * semconv's vocabulary alone.
 */
import { type FinishOutcome, finishOutcome, worseFinish } from '@warmspare/semconv';
import { errorType } from '../base/error-reason.ts';
import { fields } from '../base/read.ts';
import type { CallAnswer } from '../types/call.ts';

/** What stands in an answer, or in one choice of it, beside the provider's word. */
export interface EndSigns {
  /** Something was written or called. */
  readonly produced: boolean;
  readonly refused: boolean;
  /** An error stands in it. */
  readonly failed: boolean;
}

/**
 * How an answer ended that came whole. Without a word for its end it is an error where nothing came, and unknown where something did: nothing
 * tells that this is all of it. So is an error beside an answer that claims a good end.
 */
export function finishOf(word: string | undefined, { produced, refused, failed }: EndSigns): FinishOutcome {
  const said = word === undefined ? unworded(produced, refused) : finishOutcome(word);
  if (failed) return worseFinish(said, produced || refused ? 'unknown' : 'error');
  return refused ? worseFinish(said, 'refused') : said;
}

function unworded(produced: boolean, refused: boolean): FinishOutcome {
  if (refused) return 'refused';
  return produced ? 'unknown' : 'error';
}

/** How the whole ended, in the form of an answer. */
export function ended(finish: FinishOutcome | undefined): Pick<CallAnswer, 'finish' | 'complete'> {
  return { finish, complete: finish !== undefined && !isNoAnswer(finish) };
}

/** Whether an answer that came says itself that it is none. */
export function isNoAnswer(finish: FinishOutcome): finish is 'error' | 'timeout' | 'cancelled' {
  return finish === 'error' || finish === 'timeout' || finish === 'cancelled';
}

/** Whether a provider put an error here: many write null, false or nothing into the place of one. */
export function isError(error: unknown): boolean {
  if (typeof error === 'object' && error !== null) return Object.keys(error).length > 0;
  return error !== undefined && error !== null && error !== false && error !== '';
}

/** What an error inside an answer says, as `error.type`; undefined where it says nothing that fits. */
export function typeOfError(error: unknown): string | undefined {
  const type = isError(error) ? errorType({ error }) : UNTYPED;
  return type === UNTYPED ? undefined : type;
}

const UNTYPED = '_OTHER';

/**
 * A body of an error alone, as providers and gateways send it with HTTP 200, too: there is nothing else in it to read. OpenAI, Anthropic and Google
 * have an object at `error`, TGI a text beside its type, Mistral and vLLM the whole body, Alibaba a code, a message and the request's id.
 */
export function isErrorBody(value: unknown): boolean {
  const { error, usage: _, ...others } = fields(value);
  if (typeof error === 'string') {
    const beside = Object.keys(others);
    return error !== '' && beside.length > 0 && beside.every((key) => BESIDE_ERROR.has(key));
  }
  if (error === undefined) return isErrorItself(others);
  const { message, code, type, status } = fields(error);
  if (typeof message !== 'string' || (code ?? type ?? status ?? undefined) === undefined) return false;
  return Object.values(others).every((other) => typeof other !== 'object' || other === null || isEmpty(other));
}

/** What stands beside an error that is a text. A text alone may be anybody's. */
const BESIDE_ERROR: ReadonlySet<string> = new Set(['code', 'error_type', 'request_id']);

function isErrorItself({ object, code, message, request_id: request }: Readonly<Record<string, unknown>>): boolean {
  if (object === 'error') return message !== undefined && message !== null;
  return [code, message, request].every((each) => typeof each === 'string' && each !== '');
}

/** What such a body says of its error. */
export function errorOfBody(value: unknown): unknown {
  return fields(value).error ?? value;
}

function isEmpty(value: object): boolean {
  return Array.isArray(value) && value.every((each) => each === null);
}
