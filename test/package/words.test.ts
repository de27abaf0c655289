/**
 * Rule 6: what a word of the world means stands in `semconv/src/vocabulary/` and nowhere else. Texts of the source that are such a word are
 * looked for; those that are no classification are allowed, each with its reason.
 */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  CALL_OUTCOMES,
  CHAIN_OUTCOMES,
  errorClass,
  isKnownFinishReason,
  LIMIT_NAMES,
  operationOf,
  SCHEMA_ERROR_TYPES,
  TRIGGER_REASONS,
} from '@warmspare/semconv';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The contract's own words. */
const OURS: ReadonlySet<string> = new Set([
  ...CALL_OUTCOMES,
  ...CHAIN_OUTCOMES,
  ...LIMIT_NAMES,
  ...SCHEMA_ERROR_TYPES,
  ...TRIGGER_REASONS,
]);

/** Words that are not spelled like a name, and are none of plain English in this source either. */
const PLAIN: ReadonlySet<string> = new Set([
  'stop',
  'eos',
  'incomplete',
  'completion',
  'responses',
  'LLM',
  'generation',
]);

/** Folders of files that never see a call's words. */
const ELSEWHERE =
  /^processor\/src\/(?:base|cli|config|in-process|output|receive|service|store)\/|^processor\/src\/cli\.ts/;

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  // Names of errors that are thrown here.
  'instrumentation/src/chain/deadline.ts': ['TimeoutError'],
  'instrumentation/src/chain/errors.ts': [
    'SchemaInvalidError',
    'RefusalError',
    'TruncatedError',
    'LowConfidenceError',
    'CacheMissError',
    'cache_miss',
  ],
  // What browsers and Node call the reason of an abort by a deadline.
  'semconv/src/outcome.ts': ['TimeoutError'],
  // A class of errors as the vocabulary names it.
  'instrumentation/src/base/error-reason.ts': ['cache_miss'],
  // A kind of spans.
  'processor/src/normalise/dialects/job-reader.ts': ['SERVER'],
  // Codes of the issues that validators list, one output's.
  'instrumentation/src/chain/schema.ts': ['invalid_value', 'invalid_type'],
  // Kinds of parts of an answer.
  'instrumentation/src/clients/anthropic-messages.ts': ['tool_use'],
  'instrumentation/src/clients/chat-completions.ts': ['tool_calls'],
  'instrumentation/src/clients/responses.ts': ['function_call'],
  'processor/src/normalise/dialects/recorded-answer.ts': ['function_call', 'tool_call', 'tool_use'],
  // A level of a log.
  'processor/src/normalise/dialects/langfuse.ts': ['ERROR'],
  // The names that the conventions list, generated.
  'semconv/src/gen-ai.ts': [
    'generate_content',
    'text_completion',
    'create_agent',
    'invoke_agent',
    'execute_tool',
    'invoke_workflow',
  ],
};

/** Methods that are patched are called like operations, and each runs one. */
const METHODS = /^instrumentation\/src\/(?:clients|models|frameworks)\//;

/** Keywords of JSON Schema. */
const KEYWORDS: ReadonlySet<string> = new Set(['maxLength']);

/** Faults of drills are made, not read. */
const MADE = /^instrumentation\/src\/drill\//;

const isOfAnEnd = (word: string): boolean => isKnownFinishReason(word) || errorClass(word) !== undefined;
const isOfTheWorld = (word: string): boolean => isOfAnEnd(word) || operationOf(word) !== undefined;

/** A snake_case or CamelCase name, an enum's, an HTTP status: nothing else is spelled like it. */
const isName = (word: string): boolean =>
  /^[a-z]+(?:_[a-z]+)+$|^[A-Z]?[a-z]+(?:[A-Z][a-z]*)+$|^[A-Z]{4,}(?:_[A-Z]+)*$|^[45]\d\d$/.test(word) ||
  PLAIN.has(word);

/** The words that whole texts of a file are made of. */
function textsIn(source: string): readonly string[] {
  const code = source.replace(/^(?:import|export) [^;]*from .*$/gm, '').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return [...code.matchAll(/'([^'\n]*)'|"([^"\n]*)"|`([^`$]*)`/g)].flatMap(([, ...texts]) =>
    texts.flatMap((text) => (text ?? '').split(/[\s|,]+/)),
  );
}

it('no word of providers, libraries or conventions is known outside of the vocabulary', () => {
  const files = globSync('{semconv,instrumentation,processor}/src/**/*.ts', { cwd: ROOT }).filter(
    (file) => !/\.test\.ts$|\/testdata\/|^semconv\/src\/(?:vocabulary\/|attributes|metrics)/.test(file),
  );
  expect(files.length).toBeGreaterThan(200);
  const found = files
    .filter((file) => !ELSEWHERE.test(file) && !MADE.test(file))
    .flatMap((file) => {
      const allowed = ALLOWED[file] ?? [];
      const isWord = METHODS.test(file) ? isOfAnEnd : isOfTheWorld;
      const words = textsIn(readFileSync(ROOT + file, 'utf8')).filter(
        (word) => !OURS.has(word) && isName(word) && isWord(word) && !allowed.includes(word) && !KEYWORDS.has(word),
      );
      return words.length > 0 ? [`${file}: ${[...new Set(words)].join(' ')}`] : [];
    });
  expect(found).toEqual([]);
});

it('a table of words is found, however it is written', () => {
  const table =
    "const A = new Set(['tool_calls', 'stop']);\nconst B = `\n  max_tokens content_filter`;\nif (code === '429' || x === \"RateLimitError\") y('acompletion');";
  const found = textsIn(table).filter((word) => isName(word) && isOfTheWorld(word));
  expect(found).toEqual(['tool_calls', 'stop', 'max_tokens', 'content_filter', '429', 'RateLimitError']);
});

it('what is allowed is still there', () => {
  for (const [file, words] of Object.entries(ALLOWED)) {
    const texts = textsIn(readFileSync(ROOT + file, 'utf8'));
    expect(
      words.filter((word) => !texts.includes(word)),
      file,
    ).toEqual([]);
  }
});
