/** What an app imports: the instrumentation class and the functions that name chains and routes. */

export type { PricedCall, PriceHook } from './cost.ts';
export { LlmFallbackInstrumentation, type LlmFallbackInstrumentationConfig } from './instrumentation.ts';
export type { AttemptScope, DeclaredSchema, FinishedCall } from './scope.ts';
