/** What an app imports: the instrumentation class and the functions that name chains and routes. */

export { type CacheFacts, cached } from './api/cached.ts';
export { chain } from './api/chain.ts';
export { declareChain } from './api/declare.ts';
export { recordSchemaCheck, type SchemaCheck } from './api/schema-check.ts';
export { type Route, withRoute } from './api/with-route.ts';
export { withChainName } from './base/chain-name.ts';
export { type BreakerDeclaration, declareBreaker } from './breakers/ladder.ts';
export type { PricedCall, PriceHook } from './call/cost.ts';
export { type EnrichingSpanProcessor, llmFallbackSpanProcessor } from './call/enrich.ts';
export type { HookedRequest, HookedResponse } from './call/hooks.ts';
export {
  CacheMissError,
  LowConfidenceError,
  RefusalError,
  SchemaInvalidError,
  TruncatedError,
} from './chain/errors.ts';
export {
  Cached,
  type Chain,
  type ChainOptions,
  type Rung,
  type RungCall,
  type RunOptions,
  type SchemaChainOptions,
  type ShadowOptions,
  type UniformChainOptions,
} from './chain/types.ts';
export { chatCompletions } from './clients/chat-completions.ts';
export type { Client, Patch } from './clients/client.ts';
export { registerClient } from './clients/clients.ts';
export { type DrillRequests, drillRequests } from './drill/by-request.ts';
export { type Drill, type Drilled, drill, type Fault, withDrill } from './drill/drill.ts';
export { DrillFault } from './drill/fault.ts';
export type { DrillAttempt, DrillReport } from './drill/running.ts';
export type { EvidenceTransport } from './evidence/delivery.ts';
export {
  type EvidenceExporter,
  type EvidenceExporterOptions,
  flush,
  startEvidenceExporter,
  WarmspareEvidenceExporter,
} from './evidence/evidence-exporter.ts';
export type { EvidenceResource, EvidenceSpan } from './evidence/evidence-span.ts';
export { LlmFallbackInstrumentation, type LlmFallbackInstrumentationConfig } from './instrumentation.ts';
export type {
  AnswerFormat,
  AnswerReader,
  Billing,
  CallAnswer,
  CallRequest,
  Declaring,
  Operation,
  Server,
  TokenUsage,
  ToolInput,
} from './types/call.ts';
export type { Practice, PracticeChain } from './types/practice.ts';
