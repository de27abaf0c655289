/** The words of real providers, and the outcome that each one means. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { finishOutcome, finishOutcomes, isKnownFinishReason } from './finish-reasons.ts';

const WORDS: Readonly<Record<string, string>> = {
  success: `stop STOP Stopped end_turn stop_sequence tool_use pause_turn tool_calls function_call tool-calls tool_call COMPLETE
    STOP_SEQUENCE TOOL_CALL completed eos eos_token endoftext <|endoftext|> end_of_text stop_sequence_reached FINISH FINISHED
    FinishReason.STOP FINISH_REASON_STOP REASON_STOP REASON_TOOL_CALLS ALTERNATIVE_STATUS_FINAL succeeded`,
  truncated: `length LENGTH max_tokens MAX_TOKENS MaxTokens max-tokens max_output_tokens max_tool_calls incomplete model_length
    model_context_window_exceeded maximum_tokens FinishReason.MAX_TOKENS REASON_MAX_LEN REASON_MAX_CONTEXT token_limit TokenLimitReached
    ERROR_LIMIT ALTERNATIVE_STATUS_TRUNCATED_FINAL`,
  timeout: 'time_limit TIME_LIMIT TIMEOUT',
  refused: `content_filter content-filter ContentFiltered content_filtered refusal guardrail_intervened SAFETY safety FinishReason.SAFETY
    FINISH_REASON_SAFETY RECITATION recitation BLOCKLIST blocklist PROHIBITED_CONTENT prohibited_content SPII IMAGE_SAFETY image_safety
    IMAGE_PROHIBITED_CONTENT LANGUAGE language MODEL_ARMOR JAILBREAK sensitive ERROR_TOXIC blocked blacklist
    ALTERNATIVE_STATUS_CONTENT_FILTER`,
  error: `error ERROR failed abort MALFORMED_FUNCTION_CALL malformed_function_call TOO_MANY_TOOL_CALLS MISSING_THOUGHT_SIGNATURE
    UNEXPECTED_TOOL_CALL malformed_model_output malformed_tool_use NO_IMAGE network_error insufficient_system_resource`,
  cancelled: 'cancelled canceled USER_CANCEL',
  unknown: `other OTHER unknown IMAGE_OTHER FINISH_REASON_UNSPECIFIED not_finished null in_progress queued load`,
};

describe.each(Object.entries(WORDS))('%s', (outcome, words) => {
  it.each(words.split(/\s+/))('is what %s means', (word) => {
    expect(finishOutcome(word)).toBe(outcome);
    expect(isKnownFinishReason(word)).toBe(true);
  });
});

test('a word that nobody knows is unknown, whatever it looks like', () => {
  fc.assert(
    fc.property(fc.string(), (word) => {
      if (!isKnownFinishReason(word)) expect(finishOutcome(word)).toBe('unknown');
    }),
  );
  expect(finishOutcome('stopped_by_moon_phase')).toBe('unknown');
  expect(isKnownFinishReason('stopped_by_moon_phase')).toBe(false);
});

test('case and punctuation do not matter', () => {
  const words = Object.values(WORDS).flatMap((each) => each.split(/\s+/));
  fc.assert(
    fc.property(fc.constantFrom(...words), fc.constantFrom('-', ' ', ''), (word, separator) => {
      const other = word.toUpperCase().replaceAll('_', separator);
      expect(finishOutcome(other)).toBe(finishOutcome(word));
    }),
  );
});

describe('of several reasons', () => {
  it.each([
    [['stop', 'stop'], 'success'],
    [['stop', 'length'], 'truncated'],
    [['content_filter', 'length'], 'refused'],
    [['stop', 'moon'], 'unknown'],
    [['moon', 'length'], 'truncated'],
    [[], undefined],
  ] as const)('%j is %s: the worst counts', (reasons, outcome) => {
    expect(finishOutcomes(reasons)).toBe(outcome);
  });
});

/** String literals of the unions that an SDK's declarations give to a member. */
function literalsIn(module: string, file: string, member: RegExp): readonly string[] {
  const declarations = readFileSync(new URL(`../../../node_modules/${module}/${file}`, import.meta.url), 'utf8');
  const [, union = ''] = member.exec(declarations) ?? [];
  return [...union.matchAll(/'([^']+)'/g)].map(([, word = '']) => word);
}

describe('no finish reason of an installed SDK is missing', () => {
  it.each([
    ['openai', 'resources/chat/completions/completions.d.ts', /finish_reason: ([^;]+);/],
    ['openai', 'resources/completions.d.ts', /finish_reason: ([^;]+);/],
    ['openai', 'resources/responses/responses.d.ts', /export type ResponseStatus = ([^;]+);/],
    ['@anthropic-ai/sdk', 'resources/messages/messages.d.ts', /export type StopReason = ([^;]+);/],
    ['groq-sdk', 'resources/chat/completions.d.ts', /finish_reason: ([^;]+);/],
  ])('%s, %s', (module, file, member) => {
    const words = literalsIn(module, file, member);
    expect(words.length).toBeGreaterThan(2);
    expect(words.filter((word) => !isKnownFinishReason(word))).toEqual([]);
  });
});
