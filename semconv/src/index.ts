/** Names, the outcome rule, fingerprints and Prometheus name translation: the wire contract that everything else speaks. */
export * from './attributes.ts';
export {
  BAGGAGE_DRILL,
  type DrillRefusal,
  type DrillRequest,
  MAX_DRILL_AGE,
  MIN_DRILL_KEY,
  readDrillRequest,
  signDrillRequest,
} from './drill-request.ts';
export { promptFingerprint, schemaFingerprint } from './fingerprint.ts';
export * from './gen-ai.ts';
export {
  type CallPlace,
  inferredChain,
  isInferred,
  modelOfTarget,
  samePlace,
  sameTarget,
  targetNames,
} from './inferred.ts';
export * from './message.ts';
export type { MetricDefinition, MetricKind } from './metric-definition.ts';
export * from './metrics.ts';
export {
  abortOutcome,
  type CallFacts,
  callOutcome,
  isAnswered,
  isConclusive,
  isFailure,
  isServed,
  isSuccess,
  type PolicyFindings,
  tighten,
} from './outcome.ts';
export { patternCost } from './pattern-cost.ts';
export { prometheusLabelName, prometheusMetricName } from './prometheus-name.ts';
export * from './vocabulary/index.ts';
