/** Reads what LLM calls say in any dialect of the GenAI conventions, by the tables of `fields.ts`. It never assigns a chain. */
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROMPT_VERSION,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  type CallOutcome,
  callOutcome,
} from '@warmspare/semconv';
import type { GrowingKeyTable } from '../keys.ts';
import type { AttributeValue, Span } from '../types/span.ts';
import { CALL_MARKS, ERROR_LEVEL, FIELDS, USAGE_DETAILS } from './fields.ts';
import { usageDetails } from './usage-details.ts';

export interface DialectFacts {
  errorType: string | undefined;
  provider: string | undefined;
  requestModel: string | undefined;
  responseModel: string | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  promptVersion: string | undefined;
}

export interface Dialects {
  /** Whether the span is a model call: not an agent, a tool or a workflow around calls, which often repeat their usage. */
  isCall(span: Span): boolean;
  fill(span: Span, facts: DialectFacts): void;
  /** Of a span that states no outcome. */
  outcome(span: Span): CallOutcome;
}

type Values = Span['values'];

const AROUND_CALLS: ReadonlySet<AttributeValue> = new Set([
  'create_agent',
  'invoke_agent',
  'execute_tool',
  'invoke_workflow',
  'retrieval',
]);
const REFUSALS: ReadonlySet<string> = new Set(['content_filter', 'content-filter', 'refusal', 'SAFETY']);
const TRUNCATIONS: ReadonlySet<string> = new Set([
  'length',
  'max_tokens',
  'MAX_TOKENS',
  'model_context_window_exceeded',
]);

export function createDialects(keys: GrowingKeyTable): Dialects {
  const operation = keys.add(ATTR_GEN_AI_OPERATION_NAME);
  const marks = CALL_MARKS.map(({ key, says }) => ({ slot: keys.add(key), says }));
  const finishReasons = keys.add(ATTR_GEN_AI_RESPONSE_FINISH_REASONS);
  const promptVersion = [keys.add(ATTR_GEN_AI_PROMPT_VERSION)];
  const level = keys.add(ERROR_LEVEL.key);
  const slots = (names: readonly string[]): readonly number[] => names.map((name) => keys.add(name));
  const requestModel = slots(FIELDS.requestModel);
  const responseModel = slots(FIELDS.responseModel);
  const provider = slots(FIELDS.provider);
  const inputTokens = slots(FIELDS.inputTokens);
  const outputTokens = slots(FIELDS.outputTokens);
  const errorType = slots(FIELDS.errorType);
  const usage = keys.add(USAGE_DETAILS);

  return {
    isCall({ values }) {
      const name = values[operation];
      if (name !== undefined) return !AROUND_CALLS.has(name);
      for (const mark of marks) {
        const value = values[mark.slot];
        if (typeof value === 'string' && mark.says(value)) return true;
      }
      return false;
    },
    fill({ values }, facts) {
      facts.requestModel = firstText(values, requestModel);
      facts.responseModel = firstText(values, responseModel);
      facts.provider = firstText(values, provider);
      facts.inputTokens = firstNumber(values, inputTokens);
      facts.outputTokens = firstNumber(values, outputTokens);
      facts.errorType = firstText(values, errorType);
      const details = values[usage];
      if (typeof details === 'string' && facts.inputTokens === undefined && facts.outputTokens === undefined) {
        const { input, output } = usageDetails(details);
        facts.inputTokens = input;
        facts.outputTokens = output;
      }
      facts.promptVersion = firstText(values, promptVersion);
    },
    outcome({ values, statusCode }) {
      const error = firstText(values, errorType);
      const failed = statusCode === 2 || error !== undefined || values[level] === ERROR_LEVEL.value;
      const reasons = values[finishReasons];
      return callOutcome({
        failed,
        timedOut: failed && error !== undefined && /timeout/i.test(error),
        refused: hasReason(reasons, REFUSALS),
        truncated: hasReason(reasons, TRUNCATIONS),
      });
    },
  };
}

function firstText(values: Values, slots: readonly number[]): string | undefined {
  for (const slot of slots) {
    const value = values[slot];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function firstNumber(values: Values, slots: readonly number[]): number | undefined {
  for (const slot of slots) {
    const value = values[slot];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return undefined;
}

function hasReason(value: AttributeValue | undefined, reasons: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return reasons.has(value);
  return Array.isArray(value) && value.some((reason) => reasons.has(reason));
}
