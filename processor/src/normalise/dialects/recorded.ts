/**
 * The schema and the output that one span carries in, whether the output keeps to the schema out. The verdict is all that is kept: neither
 * text is remembered, and an output that may be cut or masked has none.
 */
import type { SchemaErrorType, SchemaValidity } from '@warmspare/semconv';
import { textOf } from '../../base/attribute-values.ts';
import type { GrowingKeyTable } from '../../base/keys.ts';
import { MAX_TEXT_BYTES } from '../../receive/intern.ts';
import type { Span } from '../../types/span.ts';
import type { DeclaredOutput, Dialect, RecordedOutput, Texts } from './dialect.ts';
import { holdAgainst } from './json-schema.ts';

export interface RecordedVerdict {
  readonly validity: SchemaValidity;
  readonly errorType: SchemaErrorType | undefined;
}

export interface OutputJudge {
  /** Whether the recorded output keeps to the schema that the span carries, where it carries both. */
  judgeRecorded(span: Span): RecordedVerdict | undefined;
}

/** Registers the names it reads with the key table. */
export function createOutputJudge(dialects: readonly Dialect[], keys: GrowingKeyTable): OutputJudge {
  const readers = dialects.flatMap(({ recorded }) =>
    recorded
      ? [
          {
            ...recorded,
            asked: recorded.asked.map((name) => keys.add(name)),
            answered: recorded.answered.map((name) => keys.addPassing(name)),
          },
        ]
      : [],
  );
  const textsAt = ({ values }: Span, slots: readonly number[]): Texts => slots.map((slot) => textOf(values[slot]));
  return {
    judgeRecorded(span) {
      for (const { asked, answered, declared, outputs } of readers) {
        if (span.values[asked[0] ?? -1] === undefined) continue;
        const wanted = declared(textsAt(span, asked));
        const verdict = wanted.length > 0 ? judgeRecorded(wanted, outputs(textsAt(span, answered))) : undefined;
        if (verdict) return verdict;
      }
      return undefined;
    },
  };
}

/** Of several outputs one that breaks its schema is what counts. Undefined where none breaks it and one cannot be told. */
export function judgeRecorded(
  declared: readonly DeclaredOutput[],
  outputs: readonly RecordedOutput[],
): RecordedVerdict | undefined {
  let isValid: boolean | undefined;
  for (const output of outputs) {
    for (const { schema, input } of pairs(declared, output)) {
      const found = typeof input === 'string' ? judgeText(schema, input) : holdAgainst(schema, input);
      if (found === 'fits') isValid ??= true;
      else if (found === 'undecided') isValid = false;
      else return { validity: 'invalid', errorType: found };
    }
  }
  return isValid === true ? VALID : undefined;
}

const VALID: RecordedVerdict = { validity: 'valid', errorType: undefined };

/** An answer that calls tools has not come to its text yet, and one that was to call a tool and did not shows nothing. */
function pairs(
  declared: readonly DeclaredOutput[],
  { text, tools }: RecordedOutput,
): readonly { readonly schema: object; readonly input: unknown }[] {
  return declared.flatMap(({ schema, tool }) => {
    if (tool !== undefined) return tools.filter(({ name }) => name === tool).map(({ input }) => ({ schema, input }));
    return text === undefined || text === '' || tools.length > 0 ? [] : [{ schema, input: text }];
  });
}

function judgeText(schema: object, text: string): ReturnType<typeof holdAgainst> {
  if (isCut(text)) return 'undecided';
  try {
    return holdAgainst(schema, JSON.parse(text));
  } catch {
    return isMaskedOrCut(text) ? 'undecided' : 'not_json';
  }
}

/** The receivers cut longer values off, whatever part of a character stands there. */
function isCut(text: string): boolean {
  return text.length * 3 >= MAX_TEXT_BYTES && Buffer.byteLength(text) > MAX_TEXT_BYTES - 4;
}

/** SDKs cut attributes at a limit of their own, and what hides an output puts a word in its place. */
function isMaskedOrCut(text: string): boolean {
  const trimmed = text.trim();
  const opening = trimmed[0];
  if (opening === '{' || opening === '[') return !trimmed.endsWith(opening === '{' ? '}' : ']');
  return !/\s/.test(trimmed);
}
