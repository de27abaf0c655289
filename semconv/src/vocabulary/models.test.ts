/** Pairs of real ids, from the providers' own lists, gateways' catalogues and price lists. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOtherModel, sameModel } from './models.ts';

/** One model a line. */
const ONE = `
  gpt-4 gpt-4-0613 gpt-4-0314 openai/gpt-4
  gpt-4o gpt-4o-2024-05-13 gpt-4o-2024-08-06 gpt-4o-2024-11-20 openai/gpt-4o azure/eu/gpt-4o-2024-11-20
  gpt-4o-mini gpt-4o-mini-2024-07-18 openai/gpt-4o-mini
  gpt-4-turbo gpt-4-turbo-2024-04-09
  gpt-4-32k gpt-4-32k-0613 gpt-4-32k-0314
  gpt-3.5-turbo gpt-3.5-turbo-0125 gpt-3.5-turbo-1106 gpt-35-turbo gpt-35-turbo-0613
  gpt-3.5-turbo-16k gpt-3.5-turbo-16k-0613 gpt-35-turbo-16k
  gpt-4.1 gpt-4.1-2025-04-14 openai/gpt-4.1
  gpt-4.1-mini gpt-4.1-mini-2025-04-14
  gpt-5 gpt-5-2025-08-07 GPT-5 openai/gpt-5
  gpt-5-mini gpt-5-mini-2025-08-07
  gpt-5-nano gpt-5-nano-2025-08-07
  o1 o1-2024-12-17
  o1-preview o1-preview-2024-09-12
  o3 o3-2025-04-16
  o3-mini o3-mini-2025-01-31
  o4-mini o4-mini-2025-04-16
  gpt-oss-120b openai/gpt-oss-120b openai.gpt-oss-120b-1:0 gpt-oss-120b:free
  claude-haiku-4-5 claude-haiku-4-5-20251001 anthropic/claude-haiku-4.5 claude-haiku-4-5@20251001 anthropic/claude-4.5-haiku-20251001
  claude-sonnet-4-5 us.anthropic.claude-sonnet-4-5-20250929-v1:0 claude-sonnet-4-5-20250929 global.anthropic.claude-sonnet-4-5-20250929-v1:0
  claude-sonnet-4 anthropic/claude-4-sonnet-20250522 claude-sonnet-4-20250514 claude-sonnet-4@20250514
  claude-opus-4-1 claude-opus-4-1-20250805 anthropic.claude-opus-4-1-20250805-v1:0 claude-opus-4.1
  claude-opus-4-6 us.anthropic.claude-opus-4-6-v1
  claude-3-5-sonnet claude-3-5-sonnet-20240620 claude-3-5-sonnet-20241022 claude-3-5-sonnet-latest anthropic.claude-3-5-sonnet-20241022-v2:0
  claude-3-5-haiku claude-3.5-haiku claude-3-5-haiku-20241022 anthropic/claude-3.5-haiku:beta
  claude-3-7-sonnet claude-3-7-sonnet-latest claude-3-7-sonnet-20250219 anthropic.claude-3-7-sonnet-20250219-v1:0:200k
  claude-3-haiku claude-3-haiku-20240307 anthropic.claude-3-haiku-20240307-v1:0 claude-3-haiku@20240307
  gemini-1.5-pro gemini-1.5-pro-001 gemini-1.5-pro-002 gemini-1.5-pro-latest models/gemini-1.5-pro google/gemini-1.5-pro
  gemini-1.5-flash gemini-1.5-flash-002 gemini-1.5-flash-latest
  gemini-2.0-flash gemini-2.0-flash-001 publishers/google/models/gemini-2.0-flash-001
  gemini-2.5-flash gemini-2.5-flash-preview-05-20 gemini-2.5-flash-preview-04-17 gemini-2.5-flash-preview-09-2025
  gemini-2.5-pro gemini-2.5-pro-preview-06-05 gemini-2.5-pro-exp-03-25 google/gemini-2.5-pro
  mistral-large mistral-large-latest mistral-large-2411 mistral-large-2407 mistralai/mistral-large-2411 mistral.mistral-large-2402-v1:0
  mistral-small mistral-small-latest mistral-small-2503 mistral-small-2506
  mistral-medium-latest mistral-medium-2505
  codestral-latest codestral-2501 codestral-2405
  devstral-small-latest devstral-small-2507
  pixtral-12b pixtral-12b-2409
  ministral-8b-latest ministral-8b-2410
  magistral-medium-latest magistral-medium-2506
  open-mistral-nemo open-mistral-nemo-2407
  command-r command-r-03-2024 command-r-08-2024 cohere/command-r-08-2024 cohere.command-r-v1:0
  command-r-plus command-r-plus-04-2024 command-r-plus-08-2024
  command-a command-a-03-2025
  grok-4 grok-4-0709 x-ai/grok-4 grok-4-latest
  grok-2 grok-2-1212 grok-2-latest
  deepseek-r1 deepseek-r1-0528 deepseek/deepseek-r1:free deepseek-ai/DeepSeek-R1
  deepseek-v3 deepseek-v3-0324 deepseek-ai/DeepSeek-V3
  kimi-k2-thinking moonshotai/kimi-k2-thinking
  kimi-k2 kimi-k2-0711 moonshotai/kimi-k2:free
  qwen-plus qwen-plus-latest qwen-plus-2025-04-28
  qwen3-235b-a22b qwen/qwen3-235b-a22b-2507
  qwen-max qwen-max-2025-01-25 qwen-max-0125
  llama-3.3-70b-instruct meta-llama/llama-3.3-70b-instruct meta-llama/Llama-3.3-70B-Instruct
  llama3-1-70b-instruct meta.llama3-1-70b-instruct-v1:0 us.meta.llama3-1-70b-instruct-v1:0
  nova-pro amazon.nova-pro-v1:0 us.amazon.nova-pro-v1:0
  phi3 phi3:latest
  jamba-large-1.7 jamba-large-1.7-2025-07
  doubao-1-5-pro-32k doubao-1-5-pro-32k-250115
  glm-4-air glm-4-air-250414
  text-bison text-bison@002 text-bison-001
`;

/** Two models a line. */
const TWO = `
  deepseek-v3 deepseek-v2
  deepseek-chat-v3-0324 deepseek-chat-v3.1
  embed-english-v3.0 embed-english-v2.0
  embed-english-v3.0 embed-multilingual-v3.0
  claude-v1 claude-v2
  anthropic.claude-v2 anthropic.claude-v2:1
  claude-2 claude-2.1
  kimi-k2:free kimi-k2:thinking
  mistral:instruct mistral:text
  phi3:mini phi3:medium
  llama3.1:8b llama3.1:70b
  gpt-4o gpt-4o-mini
  gpt-4o chatgpt-4o-latest
  gpt-4o gpt-4o-audio-preview
  gpt-4 gpt-4-32k
  gpt-4 gpt-4.1
  gpt-4 gpt-4-turbo
  gpt-4 gpt-4-1106-preview
  gpt-4 gpt-4-0125-preview
  gpt-5 gpt-5-mini
  gpt-5 gpt-5-chat-latest
  gpt-5 gpt-5.1
  gpt-5 gpt-5-codex
  gpt-5 o5
  o1 o1-preview
  o1 o1-mini
  gpt-3.5-turbo gpt-3.5-turbo-16k
  gpt-3.5-turbo gpt-3.5-turbo-instruct
  claude-haiku-4-5 claude-sonnet-4-5
  claude-sonnet-4 claude-sonnet-4-5
  claude-3-5-sonnet claude-3-7-sonnet
  claude-opus-4 claude-opus-4-1
  gemini-2.5-flash gemini-2.5-flash-lite
  gemini-2.5-flash gemini-2.5-pro
  gemini-1.5-pro gemini-2.5-pro
  gemini-2.0-flash gemini-2.0-flash-lite
  command-r command-r-plus
  command-r command-r7b-12-2024
  grok-4 grok-4-fast
  grok-3 grok-3-mini
  mistral-large-2411 mistral-small-2503
  ministral-3b-2410 ministral-8b-2410
  text-embedding-004 text-embedding-005
  text-embedding-ada-002 text-embedding-ada-001
  text-embedding-3-small text-embedding-3-large
  text-davinci-002 text-davinci-003
  amazon.titan-embed-text-v1 amazon.titan-embed-text-v2:0
  amazon.nova-pro-v1:0 amazon.nova-lite-v1:0
  moonshot-v1-8k moonshot-v1-32k
  llama-3.1-8b-instruct llama-3.1-70b-instruct
  ft:gpt-4o-2024-08-06:acme::abc ft:gpt-4o-2024-08-06:acme::def
  ft:gpt-4o-2024-08-06:acme::abc gpt-4o
  qwen-plus qwen-max
  deepseek-r1 deepseek-r1-distill-llama-70b
`;

const linesOf = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));

describe('one model', () => {
  const pairs = linesOf(ONE).flatMap(([first = '', ...others]) => others.map((other) => [first, other] as const));
  test.each(pairs)('%s and %s', (a, b) => {
    expect(sameModel(a, b)).toBe(true);
    expect(sameModel(b, a)).toBe(true);
  });
});

describe('two models', () => {
  test.each(linesOf(TWO))('%s and %s', (a = '', b = '') => {
    expect(sameModel(a, b)).toBe(false);
    expect(sameModel(b, a)).toBe(false);
  });

  const firsts = linesOf(ONE).map(([first = '']) => first);
  test('no two lines of the table above are one', () => {
    const mixed = firsts.flatMap((a, index) => firsts.slice(index + 1).filter((b) => sameModel(a, b)));
    expect(mixed).toEqual([]);
  });
});

test('any text can be compared, and is the same as itself', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(sameModel(a, a)).toBe(true);
      expect(sameModel(a, b)).toBe(sameModel(b, a));
    }),
  );
});

test.each([
  ['gpt-5', 'claude-haiku-4-5-20251001', true],
  ['gpt-4o', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', true],
  ['openai/gpt-4.1', 'gemini-2.5-flash', true],
  ['o3', 'gpt-4.1-mini', true],
  ['gpt-5', 'gpt-5-2025-08-07', false],
  ['gpt-4o-prod', 'gpt-4o-2024-08-06', false],
  ['gpt-4o', 'gpt-4o-mini', false],
  ['fast', 'gpt-4.1-mini', false],
  ['gptscript', 'claude-haiku-4-5', false],
  ['auto', 'claude-haiku-4-5', false],
  ['tensorzero::function_name::f', 'tensorzero::function_name::f::variant_name::v', false],
])('%s asked for, %s served: another model is %s', (asked, served, expected) => {
  expect(isOtherModel(asked, served)).toBe(expected);
});
