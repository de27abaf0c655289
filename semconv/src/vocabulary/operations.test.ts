/** The operations that instrumentations name, and whether they run inference. */
import { describe, expect, it, test } from 'vitest';
import { GEN_AI_OPERATION_NAMES } from '../gen-ai.ts';
import { jobOf, operationOf, surroundingsOf } from './operations.ts';

describe('an operation that runs inference has a job', () => {
  it.each([
    ['chat', 'chat'],
    ['generate_content', 'chat'],
    ['completion', 'chat'],
    ['acompletion', 'chat'],
    ['responses', 'chat'],
    ['aresponses', 'chat'],
    ['anthropic_messages', 'chat'],
    ['ai.generateText.doGenerate', 'chat'],
    ['ai.streamObject.doStream', 'chat'],
    ['LLM', 'chat'],
    ['text_completion', 'text_completion'],
    ['atext_completion', 'text_completion'],
    ['embeddings', 'embeddings'],
    ['aembedding', 'embeddings'],
    ['ai.embedMany.doEmbed', 'embeddings'],
    ['EMBEDDING', 'embeddings'],
    ['moderation', 'moderation'],
    ['amoderation', 'moderation'],
    ['arerank', 'rerank'],
    ['transcription', 'transcription'],
    ['atranscription', 'transcription'],
    ['image_generation', 'image'],
  ])('%s: %s', (operation, job) => {
    expect(jobOf(operation)).toBe(job);
  });
});

describe('no call', () => {
  it.each([
    ...[
      'create_memory',
      'update_memory',
      'delete_memory',
      'search_memory',
      'create_memory_store',
      'delete_memory_store',
    ],
    ...['fetch_response', 'user_speech', 'handle_conversation_turn', 'invoke_agent', 'create_agent', 'invoke_workflow'],
    ...['execute_tool', 'retrieval', 'agent_step', 'rerank', 'framework', 'plan', 'CHAIN', 'TOOL', 'RETRIEVER'],
    ...['ai.generateText', 'ai.streamObject', 'ai.embedMany', 'ai.toolCall'],
  ])('is %s', (operation) => {
    expect(operationOf(operation)).toBe('none');
    expect(jobOf(operation)).toBeUndefined();
  });
});

test('a word that nobody knows is no call', () => {
  expect(operationOf('paint_fence')).toBeUndefined();
  expect(jobOf('paint_fence')).toBeUndefined();
});

test('the conventions name no operation that the table lacks', () => {
  expect(GEN_AI_OPERATION_NAMES.filter((name) => operationOf(name) === undefined)).toEqual([]);
});

test.each(['execute_tool', 'ai.toolCall', 'TOOL', 'RETRIEVER', 'GUARDRAIL', 'evaluator'])(
  'calls below a span of %s do another job than calls beside it',
  (operation) => {
    expect(surroundingsOf(operation)).toBe('apart');
    expect(jobOf(operation)).toBeUndefined();
  },
);

test.each(['chat', 'CHAIN', 'workflow', 'agent_step', 'ai.generateText', 'paint_fence'])(
  'calls below a span of %s may do one job with calls beside it',
  (operation) => {
    expect(surroundingsOf(operation)).not.toBe('apart');
  },
);

test.each([
  ['agent_step', 'step'],
  ['invoke_agent', 'agent'],
  ['AGENT', 'agent'],
  ['workflow', undefined],
  ['paint_fence', undefined],
])('%s is around calls as %s', (operation, expected) => {
  expect(surroundingsOf(operation)).toBe(expected);
});
