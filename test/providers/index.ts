/** Local servers that speak the wire formats of LLM providers, scripted per request, for tests and for the demo. They never leave the loopback address. */
export { servedByFallback } from './anthropic/fallback.ts';
export { startAnthropic } from './anthropic/server.ts';
export { startBedrock } from './bedrock/server.ts';
export { startCohere } from './cohere/server.ts';
export { type Gateway, type Routed, via } from './gateways.ts';
export { startGoogle } from './google/server.ts';
export { startOllama } from './ollama/server.ts';
export { startMistral, startOpenRouter } from './openai/relatives.ts';
export { startGroq, startOpenAI } from './openai/server.ts';
export type { RecordedRequest } from './request.ts';
export type { ProviderServer, ServerOptions } from './server.ts';
export {
  type Answer,
  answer,
  type Failure,
  type FailureReason,
  type Finish,
  fail,
  type Hang,
  hang,
  json,
  type Outcome,
  type Raw,
  type Reset,
  raw,
  reset,
  type Step,
  type Tokens,
  type ToolCall,
} from './steps.ts';
