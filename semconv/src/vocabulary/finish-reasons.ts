/**
 * Finish reasons: why a provider says that its answer ended, as the outcome of the call. A word that no row has is `unknown` and never
 * proves anything. Pure.
 *
 * Sources: the enums and types of openai (chat, completions, responses), @anthropic-ai/sdk, @google/genai (FinishReason,
 * BlockedReason), the Bedrock runtime (StopReason; Titan's completionReason), Mistral, Cohere v1 and v2, Ollama, the AI SDK, vLLM,
 * SGLang, TGI, llama.cpp, xAI, DeepSeek, Zhipu, GigaChat, YandexGPT, watsonx, Aleph Alpha, Azure's .NET client, and
 * the GenAI conventions.
 */
import type { CallOutcome } from '../attributes.ts';
import { remembered, wordOf, wordTable } from './word.ts';

/** The outcomes that a finish reason can have. */
export type FinishOutcome = Extract<
  CallOutcome,
  'cancelled' | 'timeout' | 'error' | 'refused' | 'truncated' | 'schema_invalid' | 'unknown' | 'success'
>;

/** Prefixes of generated enums: protobuf's, xAI's and Yandex'. */
const PREFIX = /^(?:finishreason|blockedreason|blockreason|stopreason|alternativestatus|reason)(?=.)/;

function finishWord(reason: string): string {
  return wordOf(reason).replace(PREFIX, '');
}

const REASONS = wordTable<FinishOutcome>(
  {
    success: `
      stop stopped end_turn stop_sequence stop_sequence_reached stop_criteria_met pause_turn
      tool_use tool_call tool_calls function_call function_calls
      complete completed finish finished final succeeded normal
      eos eos_token endoftext end_of_text end_of_turn`,
    truncated: `
      length max_tokens max_token maximum_tokens max_output_tokens max_completion_tokens max_new_tokens max_tool_calls
      token_limit token_limit_reached max_length max_len model_length max_context context_length context_length_exceeded
      model_context_window_exceeded context_window_exceeded error_limit truncated truncated_final incomplete limit`,
    timeout: 'time_limit timeout',
    refused: `
      content_filter content_filtered content_filtering refusal refused guardrail_intervened guardrail
      safety recitation blocklist blacklist prohibited_content spii image_safety image_prohibited_content image_recitation language
      model_armor jailbreak sensitive error_toxic blocked content_policy content_policy_violation`,
    error: `
      error failed failure abort aborted no_image unexpected_tool_call invalid
      network_error insufficient_system_resource concurrent repetition
      malformed_function_call malformed_tool_use malformed_tool_call malformed_response malformed_model_output
      too_many_tool_calls missing_thought_signature`,
    schema_invalid: 'schema_invalid',
    cancelled: 'cancelled canceled user_cancel',
    // Known to say nothing.
    unknown: `
      other unknown image_other unspecified null none not_finished in_progress queued pending partial load unload compaction`,
  },
  finishWord,
);

const outcomeOf = remembered((reason: string): FinishOutcome => REASONS.get(finishWord(reason)) ?? 'unknown');

/** The outcome that one finish reason tells, in any provider's spelling. `unknown` for a word that nobody knows. */
export function finishOutcome(reason: string): FinishOutcome {
  return outcomeOf(reason);
}

/** Whether the table has the word: also of those that say nothing. A word that is not known is worth a report. */
export function isKnownFinishReason(reason: string): boolean {
  return isKnown(reason);
}

const isKnown = remembered((reason: string): boolean => REASONS.has(finishWord(reason)));

/** From the worst to the best; one that is unknown beside a success makes the whole unknown. */
const WORST_FIRST: readonly FinishOutcome[] = [
  'cancelled',
  'timeout',
  'error',
  'refused',
  'truncated',
  'schema_invalid',
  'unknown',
  'success',
];

/** Of two parts of one answer, the one that counts. */
export function worseFinish(one: FinishOutcome, other: FinishOutcome): FinishOutcome {
  return WORST_FIRST.indexOf(one) < WORST_FIRST.indexOf(other) ? one : other;
}

/** The outcome of an answer with several reasons, one a choice: the worst. Undefined where there is none. */
export function finishOutcomes(reasons: readonly string[]): FinishOutcome | undefined {
  let worst: FinishOutcome | undefined;
  for (const reason of reasons) {
    const outcome = finishOutcome(reason);
    worst = worst === undefined ? outcome : worseFinish(worst, outcome);
  }
  return worst;
}
