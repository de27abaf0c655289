/**
 * Providers: whether two names mean one. Instrumentations, gateways and SDKs spell them in their own ways, and the AI SDK adds the API
 * (`openai.responses`). Two spellings of one provider must not look like two places. Pure.
 *
 * Sources: `gen_ai.provider.name` and `gen_ai.system` of the GenAI conventions, LiteLLM's provider list, the AI SDK's provider packages,
 * OpenLLMetry, OpenInference, Langfuse.
 */
import { remembered } from './word.ts';

/** The names of each provider, the conventions' own first. */
const PROVIDERS: readonly string[] = [
  'openai text-completion-openai',
  'azure.ai.openai az.ai.openai azure_openai azure.openai azure azure_text',
  'azure.ai.inference az.ai.inference azure_ai azure-foundry azure_ai_foundry',
  'aws.bedrock aws_bedrock bedrock amazon-bedrock amazon_bedrock bedrock_converse aws',
  'gcp.vertex_ai vertex_ai vertexai vertex google-vertex google.vertex google_vertexai vertex_ai_beta',
  'gcp.gemini gcp.gen_ai gemini google google_genai google.generative-ai google_generative_ai google_ai_studio',
  'anthropic claude',
  'mistral_ai mistral mistralai',
  'x_ai xai',
  'ibm.watsonx.ai watsonx watsonx_text',
  'together_ai together togetherai',
  'fireworks fireworks_ai',
  'ollama ollama_chat',
  'vllm hosted_vllm',
  'nvidia nvidia_nim',
  'moonshot_ai moonshot moonshotai kimi',
  'huggingface hugging_face',
];

/** What the AI SDK appends. */
const API = /\.(?:chat|responses?|completions?|messages|embeddings?|image|speech|transcription)$/;

/** Punctuation and case tell nothing. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const CANONICAL: ReadonlyMap<string, string> = new Map(
  PROVIDERS.flatMap((names) => {
    const [canonical = '', ...others] = names.split(' ');
    return [canonical, ...others].map((name) => [plain(name), canonical] as const);
  }),
);

const canonical = remembered((provider: string): string => {
  const name = plain(provider.trim().toLowerCase().replace(API, ''));
  return CANONICAL.get(name) ?? name;
});

/**
 * The name that the GenAI conventions give a provider, however it is spelled: `anthropic.messages` is `anthropic`, `amazon-bedrock` is
 * `aws.bedrock`. A provider that is not known keeps its name, without the API.
 */
export function providerName(provider: string): string {
  const name = provider.replace(API, '');
  const [host = name] = name.split('.', 1);
  return CANONICAL.get(plain(name)) ?? CANONICAL.get(plain(host)) ?? name;
}

/** Whether `a` and `b` name one provider, give or take spelling and API. */
export function sameProvider(a: string, b: string): boolean {
  return a === b || canonical(a) === canonical(b);
}

/** The provider that a gateway writes before a model's name, where it is a known one: `azure/gpt-4o`. */
export function providerOfModel(model: string): string | undefined {
  const slash = model.indexOf('/');
  return slash > 0 ? CANONICAL.get(plain(model.slice(0, slash))) : undefined;
}
