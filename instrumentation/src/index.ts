/** What an app imports: the instrumentation class and the functions that name chains and routes. */
export { type BreakerDeclaration, declareBreaker } from './breakers/ladder.ts';
export { Cached, type CacheFacts, cached } from './cached.ts';
export {
  CacheMissError,
  LowConfidenceError,
  RefusalError,
  SchemaInvalidError,
  TruncatedError,
} from './chain/errors.ts';
export type {
  Chain,
  ChainOptions,
  Rung,
  RungCall,
  RunOptions,
  SchemaChainOptions,
  UniformChainOptions,
} from './chain/types.ts';
export { chain } from './chain.ts';
export { withChainName } from './chain-name.ts';
export type { Billing } from './clients/call.ts';
export type { PricedCall, PriceHook } from './cost.ts';
export { declareChain } from './declare.ts';
export { type Drill, DrillFault, type Fault, withDrill } from './drill.ts';
export { type EnrichingSpanProcessor, llmFallbackSpanProcessor } from './enrich.ts';
export type { EvidenceTransport } from './evidence/delivery.ts';
export type { EvidenceResource, EvidenceSpan } from './evidence/evidence-span.ts';
export {
  type EvidenceExporter,
  type EvidenceExporterOptions,
  flush,
  startEvidenceExporter,
} from './evidence-exporter.ts';
export { LlmFallbackInstrumentation, type LlmFallbackInstrumentationConfig } from './instrumentation.ts';
export { recordSchemaCheck, type SchemaCheck } from './schema-check.ts';
export { type Route, withRoute } from './with-route.ts';
