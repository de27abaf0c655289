/**
 * Reads what model calls say in any dialect of this folder. The tables of all become one list of slots a fact, so that a span costs a
 * look at those, whatever it speaks. It never assigns a chain.
 */
import {
  type CallOutcome,
  errorOutcome,
  type FailedGroups,
  failedGroups,
  finishOutcomes,
  isKnownFinishReason,
  isViolationMessage,
  operationOf,
  wordedErrorType,
} from '@warmspare/semconv';
import { numberOf } from '../../base/attribute-values.ts';
import type { GrowingKeyTable } from '../../base/keys.ts';
import type { AttributeValue, Span } from '../../types/span.ts';
import { createUnknownWords, type UnknownWords } from '../unknown-words.ts';
import type { Dialect, Field, Sign, TextFacts, TextReader } from './dialect.ts';
import { createJobReader, type JobReader } from './job-reader.ts';
import { LANGFUSE } from './langfuse.ts';
import { LITELLM, LITELLM_ERROR_MESSAGE } from './litellm.ts';
import { firstText, isSaidOf, type SlottedSign, slotted, type Values } from './lookup.ts';
import { OPENINFERENCE } from './openinference.ts';
import { OPENLLMETRY } from './openllmetry.ts';
import { OTEL_GENAI } from './otel-genai.ts';
import { PYDANTIC_AI } from './pydantic-ai.ts';
import { createOutputJudge, type OutputJudge } from './recorded.ts';
import { VERCEL_AI } from './vercel-ai.ts';

/** Their aliases are asked in this order. */
const DIALECTS: readonly Dialect[] = [
  OTEL_GENAI,
  OPENLLMETRY,
  OPENINFERENCE,
  VERCEL_AI,
  LITELLM,
  LANGFUSE,
  PYDANTIC_AI,
];

export interface DialectFacts {
  errorType: string | undefined;
  provider: string | undefined;
  requestModel: string | undefined;
  responseModel: string | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  costAmount: number | undefined;
  costCurrency: string | undefined;
  /** The prompt's name and version, as far as they are there. */
  promptVersion: string | undefined;
  promptFingerprint: string | undefined;
  schemaFingerprint: string | undefined;
}

export interface Dialects extends JobReader, OutputJudge {
  /** Whether the span is a model call: not an agent, a tool or a workflow around calls, which often repeat their usage. */
  isCall(span: Span): boolean;
  /** Whether some cache answered the call: no model was asked. */
  isCached(span: Span): boolean;
  /** Whether the call is a health check. */
  isProbe(span: Span): boolean;
  /** Fills in what the attributes of other namespaces than ours say; cost, prompt and schema only where ours said nothing. */
  fill(span: Span, facts: DialectFacts): void;
  /** Of a span that states no outcome; after `fill`. */
  outcome(span: Span, errorType: string | undefined): CallOutcome;
  /** Whether a span around calls, or beside one, says that the answer did not fit its schema. */
  violates(span: Span): boolean;
  /** The groups of a gateway that such a span says failed. */
  failedGroups(span: Span): FailedGroups | undefined;
}

type SlotSigns = { readonly slot: number; readonly calls: readonly Sign[]; readonly around: readonly Sign[] };

/** What libraries write where they know no price. */
const UNKNOWN_COST = 0;
/** What LiteLLM, Langfuse and OpenInference count in; none says so. */
const CURRENCY = 'USD';

/** `unknown` is told the words that no table has. */
export function createDialects(keys: GrowingKeyTable, unknown: UnknownWords = createUnknownWords()): Dialects {
  const slotsOf = (field: Field): readonly number[] =>
    DIALECTS.flatMap(({ aliases }) => (aliases[field] ?? []).map((name) => keys.add(name)));
  const slots: Readonly<Record<Field, readonly number[]>> = {
    requestModel: slotsOf('requestModel'),
    responseModel: slotsOf('responseModel'),
    provider: slotsOf('provider'),
    inputTokens: slotsOf('inputTokens'),
    outputTokens: slotsOf('outputTokens'),
    errorType: slotsOf('errorType'),
    finishReason: slotsOf('finishReason'),
    costAmount: slotsOf('costAmount'),
    costCurrency: slotsOf('costCurrency'),
    promptName: slotsOf('promptName'),
    promptVersion: slotsOf('promptVersion'),
    promptFingerprint: slotsOf('promptFingerprint'),
  };
  const operations = new Set(DIALECTS.flatMap(({ operations: names = [] }) => names.map((name) => keys.add(name))));
  const errorMessage = keys.addDetail(LITELLM_ERROR_MESSAGE, 'what a model wrote');
  const signs = signsBySlot(keys);
  const cached = DIALECTS.flatMap((dialect) => slotted(dialect.cached, keys));
  const probes = DIALECTS.flatMap((dialect) => slotted(dialect.probes, keys));
  const finishing = DIALECTS.flatMap((dialect) => slotted(dialect.finishing, keys));
  const otherChoices = DIALECTS.flatMap(({ otherChoices: names = [] }) => names.map((name) => keys.add(name)));
  const failures = DIALECTS.flatMap((dialect) => slotted(dialect.failures, keys));
  const texts = DIALECTS.flatMap((dialect) =>
    (dialect.texts ?? []).map(({ key, read }) => ({ slot: keys.add(key), read })),
  );

  const fillFromTexts = (values: Values, facts: DialectFacts): void => {
    for (const { slot, read } of texts) {
      complete(facts, readText(values[slot], read));
    }
  };

  return {
    isCall({ values }) {
      let found = false;
      for (const { slot, calls, around } of signs) {
        const value = typeof values[slot] === 'number' ? String(values[slot]) : values[slot];
        if (typeof value !== 'string') continue;
        if (isSaid(around, value)) {
          if (operations.has(slot) && operationOf(value) === undefined) unknown.note('operation', value);
          return false;
        }
        found ||= isSaid(calls, value);
      }
      return found;
    },
    isCached: ({ values }) => isSaidInAny(cached, values),
    isProbe: ({ values }) => isSaidInAny(probes, values),
    fill({ values, exceptionType, statusCode, statusMessage }, facts) {
      facts.requestModel = firstText(values, slots.requestModel);
      facts.responseModel = firstText(values, slots.responseModel);
      facts.provider = firstText(values, slots.provider);
      facts.inputTokens = firstNumber(values, slots.inputTokens);
      facts.outputTokens = firstNumber(values, slots.outputTokens);
      facts.errorType = firstText(values, slots.errorType) ?? exceptionType;
      facts.promptVersion = promptOf(firstText(values, slots.promptName), firstText(values, slots.promptVersion));
      facts.promptFingerprint ??= firstText(values, slots.promptFingerprint);
      const hadCost = facts.costAmount !== undefined;
      if (!hadCost) facts.costAmount = firstNumber(values, slots.costAmount);
      fillFromTexts(values, facts);
      if (statusCode === STATUS_ERROR && statusMessage)
        facts.errorType = wordedErrorType(facts.errorType, statusMessage);
      if (hadCost) return;
      if (facts.costAmount === UNKNOWN_COST) facts.costAmount = undefined;
      facts.costCurrency =
        facts.costAmount === undefined ? undefined : (firstText(values, slots.costCurrency) ?? CURRENCY);
    },
    outcome({ values, statusCode }, errorType) {
      const isFailure =
        statusCode === STATUS_ERROR || firstText(values, slots.errorType) !== undefined || isSaidOf(failures, values);
      if (isFailure) return errorOutcome(errorType);
      const reasons = [...reasonsIn(firstReason(values, slots.finishReason)), ...reasonsOf(values, otherChoices)];
      for (const reason of reasons) if (!isKnownFinishReason(reason)) unknown.note('finish_reason', reason);
      const stated = finishOutcomes(reasons);
      if (stated !== undefined) return stated;
      // A library that records no finish reason is read by its status. Where it names one for every answer, none means no answer.
      const isEnded = (statusCode === 0 || statusCode === STATUS_OK) && !isSaidOf(finishing, values);
      return isEnded && !isStated(values, slots.finishReason) ? 'success' : 'unknown';
    },
    violates({ values, exceptionType, statusCode, statusMessage }) {
      // An exception in a span that ended well was dealt with.
      if (statusCode === STATUS_OK) return false;
      const errorType = firstText(values, slots.errorType);
      if (isViolation(errorType) || isViolation(exceptionType)) return true;
      if (statusCode !== STATUS_ERROR && !isSaidOf(failures, values)) return false;
      return (
        texts.some(({ slot, read }) => isViolation(readText(values[slot], read).errorType)) ||
        (statusMessage !== undefined && isViolationMessage(statusMessage))
      );
    },
    failedGroups({ values, statusCode, statusMessage, readDetails }) {
      if (statusCode !== STATUS_ERROR) return undefined;
      readDetails?.();
      const message = values[errorMessage];
      const said = typeof message === 'string' ? failedGroups(message) : undefined;
      return said ?? (statusMessage === undefined ? undefined : failedGroups(statusMessage));
    },
    ...createJobReader(DIALECTS, keys),
    ...createOutputJudge(DIALECTS, keys),
  };
}

/** Each attribute is looked at once, whatever number of dialects it tells something of. */
function signsBySlot(keys: GrowingKeyTable): readonly SlotSigns[] {
  const calls = Map.groupBy(
    DIALECTS.flatMap((dialect) => dialect.calls),
    ({ key }) => key,
  );
  const around = Map.groupBy(
    DIALECTS.flatMap((dialect) => dialect.around ?? []),
    ({ key }) => key,
  );
  return [...new Set([...calls.keys(), ...around.keys()])].map((key) => ({
    slot: keys.add(key),
    calls: calls.get(key) ?? [],
    around: around.get(key) ?? [],
  }));
}

function isSaid(signs: readonly Sign[], value: string): boolean {
  for (const { says } of signs) if (says(value)) return true;
  return false;
}

/** Of attributes that may be lists, or no texts. */
function isSaidInAny(signs: readonly SlottedSign[], values: Values): boolean {
  for (const { slot, says } of signs) {
    const value = values[slot];
    if (value === undefined) continue;
    if (Array.isArray(value) ? value.some(says) : says(String(value))) return true;
  }
  return false;
}

function firstNumber(values: Values, slots: readonly number[]): number | undefined {
  for (const slot of slots) {
    const value = numberOf(values[slot]);
    if (value !== undefined) return value;
  }
  return undefined;
}

function firstReason(values: Values, slots: readonly number[]): AttributeValue | undefined {
  for (const slot of slots) {
    const value = values[slot];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

function reasonsOf(values: Values, slots: readonly number[]): readonly string[] {
  let found = NO_REASONS;
  for (const slot of slots) if (values[slot] !== undefined) found = [...found, ...reasonsIn(values[slot])];
  return found;
}

/** Whether one of the attributes is there, be it empty. */
function isStated(values: Values, slots: readonly number[]): boolean {
  for (const slot of slots) if (values[slot] !== undefined) return true;
  return false;
}

/** One reason, a list of them, or such a list as text: as JSON (LiteLLM, Spring AI), or as Python or Java print it. */
function reasonsIn(value: AttributeValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return NO_REASONS;
  if (!value.startsWith('[')) return [value];
  return value.split(/[[\],"'\s]+/).filter((reason) => /[a-z]/i.test(reason));
}

const NO_REASONS: readonly string[] = [];
const STATUS_OK = 1;
const STATUS_ERROR = 2;

const isViolation = (errorType: string | undefined): boolean =>
  errorType !== undefined && errorOutcome(errorType) === 'schema_invalid';

const readText = (text: AttributeValue | undefined, read: TextReader['read']): TextFacts =>
  typeof text === 'string' ? read(text) : NO_FACTS;

const NO_FACTS: TextFacts = {};

/** A version is one of its name: `support@7`. */
function promptOf(name: string | undefined, version: string | undefined): string | undefined {
  if (name === undefined || version === undefined) return version ?? name;
  return `${name}@${version}`;
}

function complete(facts: DialectFacts, said: TextFacts): void {
  facts.requestModel ??= said.requestModel;
  facts.errorType ??= said.errorType;
  facts.inputTokens ??= said.inputTokens;
  facts.outputTokens ??= said.outputTokens;
  facts.costAmount ??= said.costAmount;
  facts.schemaFingerprint ??= said.schemaFingerprint;
}
