/**
 * Operations: which of them run inference, and what job they do. A fallback does the job of the call that failed, so calls of different
 * jobs never stand in for each other. An operation that no row has is no call. Pure.
 *
 * Sources: `gen_ai.operation.name` of the GenAI conventions, LiteLLM's call types (litellm/types/utils.py, CallTypes), `ai.operationId`
 * of the AI SDK, `llm.request.type` of OpenLLMetry, `openinference.span.kind`, `langfuse.observation.type`, Spring AI.
 */
import { remembered, wordOf, wordTable } from './word.ts';

/** What a call is for. */
export type Job =
  | 'chat'
  | 'text_completion'
  | 'embeddings'
  | 'moderation'
  | 'rerank'
  | 'transcription'
  | 'speech'
  | 'image'
  | 'video'
  | 'ocr';

/** A job, `none` for an operation that is known to run no inference. */
export type Operation = Job | 'none';

const OPERATIONS = wordTable<Operation>(
  {
    chat: `
      chat chat_completion chat_completions completion acompletion completions generate_content agenerate_content
      generate_content_stream agenerate_content_stream responses aresponses messages anthropic_messages llm generation
      converse converse_stream invoke_model invoke_model_with_response_stream
      doGenerate doStream`,
    text_completion: 'text_completion atext_completion text_completions',
    embeddings: 'embeddings embedding aembedding embed doEmbed',
    moderation: 'moderation amoderation moderations',
    rerank: 'arerank doRerank',
    transcription:
      'transcription atranscription transcriptions transcribe audio_transcription translation doTranscribe',
    speech: 'speech aspeech generate_speech text_to_speech',
    image: `
      image_generation aimage_generation image_edit aimage_edit image_variation aimage_variation generate_image images`,
    video: 'video_generation create_video acreate_video avideo_generation generate_video',
    ocr: 'ocr aocr',
    none: `
      create_agent invoke_agent agent_step agent plan execute_tool tool invoke_workflow workflow task chain retrieval retriever
      rerank reranker guardrail evaluator prompt search asearch framework
      generate_text stream_text generate_object stream_object embed_many tool_call
      create_memory update_memory upsert_memory delete_memory search_memory get_memory
      create_memory_store update_memory_store delete_memory_store search_memory_store
      fetch_response get_response aget_responses delete_response adelete_responses list_input_items alist_input_items
      cancel_response acancel_responses user_speech handle_conversation_turn
      create_file acreate_file create_batch acreate_batch retrieve_batch aretrieve_batch list_batches alist_batches
      pass_through_endpoint allm_passthrough_route span event`,
  },
  operationWord,
);

/** What an operation means for the calls below it. */
export type Surroundings =
  /** They are of one piece of work, and so are those of the steps beside it. */
  | 'step'
  /** It is around such steps. */
  | 'agent'
  /** They do another job than calls beside it: a tool's, a retriever's or a guard's. */
  | 'apart';

const SURROUNDINGS = wordTable<Surroundings>({
  step: 'agent_step',
  agent: 'invoke_agent agent',
  apart: 'execute_tool tool toolCall retrieval retriever rerank reranker guardrail evaluator',
});

/** The AI SDK writes `ai.generateText.doGenerate`: the part behind the last dot is the model's call. */
function operationWord(operation: string): string {
  return wordOf(operation);
}

const lookUp = remembered((operation: string): Operation | undefined => OPERATIONS.get(operationWord(operation)));

/** The job of an operation that runs inference, `none` for one that runs none, undefined for a word that nobody knows. */
export function operationOf(operation: string): Operation | undefined {
  return lookUp(operation);
}

/** The job of an operation; undefined where it is no call as far as is known. */
export function jobOf(operation: string): Job | undefined {
  const found = lookUp(operation);
  return found === 'none' ? undefined : found;
}

/** What a span of this operation means for the calls below it; undefined where that is nothing, or nobody knows. */
export function surroundingsOf(operation: string): Surroundings | undefined {
  return surroundings(operation);
}

const surroundings = remembered((operation: string): Surroundings | undefined =>
  SURROUNDINGS.get(operationWord(operation)),
);
