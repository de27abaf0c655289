/**
 * Langfuse's spans. The status stays unset, a failure is a level; what was used and what it cost are JSON texts; of a model name nobody
 * can tell whether it was asked for or served.
 */
import { errorTypeOfMessage } from '@warmspare/semconv';
import { numberOf } from '../../base/attribute-values.ts';
import {
  type Dialect,
  isAgent,
  isApart,
  isJob,
  isNoJob,
  type RecordedOutput,
  type TextFacts,
  type Texts,
} from './dialect.ts';
import { jsonObject, jsonValue } from './json-text.ts';
import { outputsIn } from './recorded-answer.ts';
import { declaredByFormat } from './recorded-request.ts';
import { fingerprintOf, remembering, rememberingAll } from './schema-text.ts';

const TYPE = 'langfuse.observation.type';
const FORMAT = 'langfuse.observation.metadata.response_format';

export const LANGFUSE: Dialect = {
  calls: [{ key: TYPE, says: isJob }],
  around: [{ key: TYPE, says: isNoJob }],
  outerHolders: [{ key: TYPE, says: isAgent }],
  apart: [{ key: TYPE, says: isApart }],
  operations: [TYPE],
  held: [TYPE],
  failures: [{ key: 'langfuse.observation.level', says: (level) => level.toUpperCase() === 'ERROR' }],
  aliases: {
    requestModel: ['langfuse.observation.model.name'],
    costAmount: ['gen_ai.usage.cost'],
    promptName: ['langfuse.observation.prompt.name'],
    promptVersion: ['langfuse.observation.prompt.version'],
  },
  texts: [
    { key: 'langfuse.observation.usage_details', read: ofUsage },
    { key: 'langfuse.observation.cost_details', read: ofCost },
    { key: 'langfuse.observation.status_message', read: ofMessage },
    { key: FORMAT, read: remembering(ofFormat) },
  ],
  recorded: {
    asked: [FORMAT],
    declared: rememberingAll(([format]) => declaredByFormat(jsonObject(format))),
    answered: ['langfuse.observation.output'],
    outputs,
  },
};

/** Cached and reasoning tokens stand apart: `input` is the sum of `input` and every `input_*`. */
function ofUsage(text: string): TextFacts {
  const counts = jsonObject(text);
  return counts ? { inputTokens: sum(counts, 'input'), outputTokens: sum(counts, 'output') } : {};
}

function ofCost(text: string): TextFacts {
  return { costAmount: numberOf(jsonObject(text)?.total) };
}

function ofMessage(text: string): TextFacts {
  return { errorType: errorTypeOfMessage(text) };
}

function ofFormat(text: string): TextFacts {
  return { schemaFingerprint: fingerprintOf(declaredByFormat(jsonObject(text))) };
}

/** The message of an answer; of a stream what it wrote. */
function outputs([output]: Texts): readonly RecordedOutput[] {
  const value = jsonValue(output);
  const isMessage = Array.isArray(value) || jsonObject(value)?.role !== undefined;
  return isMessage ? outputsIn(value) : [{ text: output, tools: [] }];
}

function sum(counts: Readonly<Record<string, unknown>>, side: string): number | undefined {
  let total: number | undefined;
  for (const [name, value] of Object.entries(counts)) {
    const count = name === side || name.startsWith(`${side}_`) ? numberOf(value) : undefined;
    if (count !== undefined) total = (total ?? 0) + count;
  }
  return total;
}
