/** The provider names of real instrumentations, and which of them are one. */
import { expect, it } from 'vitest';
import { providerOfModel, sameProvider } from './providers.ts';

it.each([
  ['openai', 'OpenAI'],
  ['openai.responses', 'openai.chat'],
  ['azure.ai.openai', 'az.ai.openai'],
  ['azure.ai.openai', 'azure-openai.chat'],
  ['azure', 'azure_openai'],
  ['aws.bedrock', 'amazon-bedrock'],
  ['bedrock', 'bedrock_converse'],
  ['gcp.vertex_ai', 'vertex_ai'],
  ['google.generative-ai', 'gemini'],
  ['anthropic.messages', 'anthropic'],
  ['mistral_ai', 'mistralai'],
  ['x_ai', 'xai'],
  ['my-gateway', 'My-Gateway'],
])('%s and %s are one provider', (a, b) => {
  expect(sameProvider(a, b)).toBe(true);
  expect(sameProvider(b, a)).toBe(true);
});

it.each([
  ['openai', 'azure.ai.openai'],
  ['openai.chat', 'azure-openai.chat'],
  ['anthropic', 'aws.bedrock'],
  ['gcp.vertex_ai', 'gcp.gemini'],
  ['openrouter', 'openai'],
  ['groq', 'my-gateway'],
])('%s and %s are two', (a, b) => {
  expect(sameProvider(a, b)).toBe(false);
});

it.each([
  ['azure/gpt-4o', 'azure.ai.openai'],
  ['openai/gpt-4o', 'openai'],
  ['bedrock/eu.anthropic.claude-haiku-4-5', 'aws.bedrock'],
  ['gpt-4o', undefined],
  ['models/gemini-2.5-pro', undefined],
])('%s is at %s', (model, provider) => {
  expect(providerOfModel(model)).toBe(provider);
});
