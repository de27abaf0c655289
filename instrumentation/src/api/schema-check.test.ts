import { trace } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
} from '@warmspare/semconv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordedSpans, recordSpans } from '../../../test/recorded-spans.ts';
import { chain } from './chain.ts';
import { recordSchemaCheck, type SchemaCheck } from './schema-check.ts';

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.close());

const checking = (name: string, ...checks: readonly SchemaCheck[]) =>
  chain(name, {
    targets: [
      {
        name: 'gpt',
        type: 'primary',
        run: async () => {
          await Promise.resolve();
          checks.forEach(recordSchemaCheck);
          return 'answer';
        },
      },
    ],
  });

describe("the user's own check inside a rung", () => {
  it('makes the attempt schema_invalid, and leaves the answer to the caller', async () => {
    await expect(checking('invalid', { valid: false, errorType: 'missing_required' })()).resolves.toBe('answer');
    expect(recorded.span('invalid gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid',
      [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: 'missing_required',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'schema_invalid',
      [ATTR_ERROR_TYPE]: 'schema_invalid',
    });
    expect(recorded.span('invalid').attributes[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('served');
  });

  it('says valid, and the attempt is a success', async () => {
    await checking('valid', { valid: true })();
    expect(recorded.span('valid gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
  });

  it('is invalid where one of several outputs was', async () => {
    await checking('several', { valid: false }, { valid: true })();
    expect(recorded.span('several gpt').attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid',
      [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: '_OTHER',
    });
  });
});

it('is noted on the active span elsewhere, and is nothing where there is none', () => {
  recordSchemaCheck({ valid: true });
  trace.getTracer('test').startActiveSpan('mine', (span) => {
    recordSchemaCheck({ valid: false, errorType: 'not_json' });
    span.end();
  });
  expect(recorded.span('mine').attributes).toEqual({
    [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid',
    [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: 'not_json',
  });
});
