import { describe, expect, it } from 'vitest';
import { chatCompletions } from './chat-completions.ts';
import { endpointAt } from './endpoint.ts';

describe('a server is named by its address', () => {
  it('or by its library, where that keeps no client', () => {
    const providers = ['acme', 'other'].map((name) => chatCompletions(name).request({}, { model: 'm' })?.provider);
    expect(providers).toEqual(['acme', 'other']);
  });

  it.each([
    ['https://api.deepseek.com/v1', 'deepseek'],
    ['https://api.x.ai/v1', 'x_ai'],
    ['https://api.together.xyz/v1', 'together_ai'],
    ['https://api.fireworks.ai/inference/v1', 'fireworks'],
    ['http://vllm.internal:8000/v1', 'vllm'],
    ['http://llama-cpp:8080/v1', 'llama_cpp'],
    ['http://localhost:1234/v1', 'lm_studio'],
    ['http://127.0.0.1:11434/v1', 'ollama'],
    ['https://api.openai.com/v1', 'openai'],
    ['https://gateway.example/v1', 'openai'],
    ['https://vllmish.example/v1', 'openai'],
    [undefined, 'openai'],
  ])('%s: %s', (url, provider) => {
    expect(endpointAt(url, 'openai').provider).toBe(provider);
  });
});
