/**
 * What the versions of the AI SDK's model specification say differently, one row a version: how an answer ended, and its tokens.
 * https://github.com/vercel/ai/tree/main/packages/provider/src/language-model
 */
import { finishOutcome, worseFinish } from '@warmspare/semconv';
import { count, fields, text } from '../base/read.ts';
import { type EndSigns, finishOf } from '../clients/finish.ts';
import type { CallAnswer, TokenUsage } from '../types/call.ts';

/** How an answer ended: the SDK's word and, where it is told, the provider's own. */
export interface FinishWords {
  readonly unified: string | undefined;
  readonly raw: string | undefined;
}

interface Version {
  finish(reason: unknown): FinishWords;
  usage(usage: unknown): TokenUsage | undefined;
}

/** v2: words and numbers, as `ai` 5 has them. */
const FLAT: Version = {
  finish: (reason) => ({ unified: text(reason), raw: undefined }),
  usage(usage) {
    const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = fields(usage);
    return {
      input: count(inputTokens),
      output: count(outputTokens),
      cacheRead: count(cachedInputTokens),
      reasoning: count(reasoningTokens),
    };
  },
};

/** v3 and v4: objects. */
const NESTED: Version = {
  finish(reason) {
    const { unified, raw } = fields(reason);
    return { unified: text(unified), raw: text(raw) };
  },
  usage(usage) {
    const { inputTokens, outputTokens } = fields(usage);
    const input = fields(inputTokens);
    const output = fields(outputTokens);
    return {
      input: count(input.total),
      output: count(output.total),
      cacheRead: count(input.cacheRead),
      cacheWrite: count(input.cacheWrite),
      reasoning: count(output.reasoning),
    };
  },
};

/** The versions whose internals were looked at. */
const VERSIONS: ReadonlyMap<unknown, Version> = new Map([
  ['v2', FLAT],
  ['v3', NESTED],
  ['v4', NESTED],
]);

/** Undefined for a version that nobody here knows. */
export function versionOf(model: unknown): Version | undefined {
  return VERSIONS.get(fields(model).specificationVersion);
}

/** How an answer ended, by both words: a refusal that only one of them shows is one. A word that says nothing does not count beside one that does. */
export function finishBy(
  { unified, raw }: FinishWords,
  signs: EndSigns,
): Pick<CallAnswer, 'finishReasons'> & {
  readonly finish: NonNullable<CallAnswer['finish']>;
} {
  const word = raw ?? unified;
  const known = [unified, raw].filter((each) => each !== undefined && finishOutcome(each) !== 'unknown');
  const outcomes = known.map((each) => finishOf(each, signs));
  const finish = outcomes.length === 0 ? finishOf(word, signs) : outcomes.reduce(worseFinish);
  return { finish, finishReasons: word === undefined ? undefined : [word] };
}

/** Adds cached tokens to the input. Some providers of specification v2 leave them out, and report the raw usage in their metadata. */
export function withCached(usage: TokenUsage | undefined, providerMetadata: unknown): TokenUsage | undefined {
  const raw = fields(fields(fields(providerMetadata).anthropic).usage);
  const fresh = count(raw.input_tokens);
  if (usage === undefined || fresh === undefined || usage.input !== fresh) return usage;
  const cacheRead = count(raw.cache_read_input_tokens) ?? 0;
  const cacheWrite = count(raw.cache_creation_input_tokens) ?? 0;
  return { ...usage, input: fresh + cacheRead + cacheWrite, cacheRead, cacheWrite };
}
