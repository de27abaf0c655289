/**
 * An answer of Anthropic's server-side fallbacks (`fallbacks` in the request): the requested model declined, another one answered.
 * What tells is an iteration of type `fallback_message` in the usage, not the block:
 * https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback.
 */
import { type Answer, answer, type Step } from '../steps.ts';

/** The answer of `model`, after the requested model declined. The counts of the last iteration are the answer's own. */
export function servedByFallback(model: string, details: Omit<Answer, 'kind' | 'model'> = {}): Step {
  return (request) => {
    const from = String(request.body.model ?? '');
    const { input, output } = details.tokens ?? { input: 20, output: 8 };
    const iteration = (type: string, name: string, output_tokens: number): Record<string, unknown> => ({
      type,
      model: name,
      input_tokens: input,
      output_tokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: null,
    });
    const hop = {
      type: 'fallback',
      from: { model: from },
      to: { model },
      trigger: { type: 'refusal', category: null },
    };
    return answer({
      ...details,
      model,
      tokens: { input, output },
      usage: { iterations: [iteration('message', from, 1), iteration('fallback_message', model, output)] },
      blocks: [hop],
    });
  };
}
