/** Generated from model/*.yaml by `npm run generate`; change the model, not this file. */

/**
 * The name of the chain that the call belongs to.
 * A chain is a named, ordered list of targets that can do one job. The name has low cardinality: it names the job,
 * never a request, user or tenant.
 */
export const ATTR_LLM_FALLBACK_CHAIN_NAME = 'llm_fallback.chain.name';

/**
 * The names of the chain's targets in rank order.
 * Stands on every attempt of a chain, the primary's too, so that the primary's traffic announces the fallbacks that
 * never run. Parallel to `llm_fallback.chain.target.types`.
 */
export const ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES = 'llm_fallback.chain.target.names';

/**
 * The route types of the chain's targets, parallel to `llm_fallback.chain.target.names`.
 * Each value is one of the values of `llm_fallback.route.type`.
 */
export const ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES = 'llm_fallback.chain.target.types';

/**
 * How many targets of the chain were tried in this run.
 * Retries inside an SDK are one attempt.
 */
export const ATTR_LLM_FALLBACK_CHAIN_ATTEMPTS = 'llm_fallback.chain.attempts';

/** How a whole run of a chain ended. */
export const ATTR_LLM_FALLBACK_CHAIN_OUTCOME = 'llm_fallback.chain.outcome';

/** All values of `llm_fallback.chain.outcome`, in the registry's order. */
export const CHAIN_OUTCOMES = [
  /** A target gave an answer that the chain accepted. */
  'served',
  /** Every target was tried and failed. */
  'exhausted',
  /** The primary failed and no other target was tried. */
  'unprotected',
  /** The caller gave up before the chain ended. */
  'cancelled',
] as const;

/** Values of `llm_fallback.chain.outcome`. */
export type ChainOutcome = (typeof CHAIN_OUTCOMES)[number];

/**
 * The name of the chain's target that this attempt tried.
 * Low cardinality, unique within the chain.
 */
export const ATTR_LLM_FALLBACK_TARGET_NAME = 'llm_fallback.target.name';

/** The position of the target in its chain; 0 is the primary. */
export const ATTR_LLM_FALLBACK_TARGET_RANK = 'llm_fallback.target.rank';

/**
 * Which kind of route served the call.
 * Absent when unknown; never guessed as `primary`. Retries are not fallbacks, and neither is a served model that
 * differs from the requested one in alias or date only.
 */
export const ATTR_LLM_FALLBACK_ROUTE_TYPE = 'llm_fallback.route.type';

/** All values of `llm_fallback.route.type`, in the registry's order. */
export const ROUTE_TYPES = [
  /** The path that serves while nothing is wrong. */
  'primary',
  /** Another model or provider. */
  'fallback',
  /** An answer that was given before. A provider's prompt cache is not this. */
  'cache',
  /** Code without a model. */
  'heuristic',
] as const;

/** Values of `llm_fallback.route.type`. */
export type RouteType = (typeof ROUTE_TYPES)[number];

/** How the route is known. */
export const ATTR_LLM_FALLBACK_ROUTE_SOURCE = 'llm_fallback.route.source';

/** All values of `llm_fallback.route.source`, in the registry's order. */
export const ROUTE_SOURCES = [
  /** The application said so. */
  'explicit',
  /** The position in a fallback construct of a library. */
  'wrapper',
  /** The provider's answer said so. */
  'provider',
  /** A gateway's response header or body said so. */
  'gateway',
  /** The served model is a fallback that the request or object declared. */
  'declared',
  /** A failed call was followed by another model's success in the same scope. */
  'inferred',
  /** A configured match assigned it after the fact. */
  'configured',
] as const;

/** Values of `llm_fallback.route.source`. */
export type RouteSource = (typeof ROUTE_SOURCES)[number];

/** Why the chain went on to this target. */
export const ATTR_LLM_FALLBACK_TRIGGER_REASON = 'llm_fallback.trigger.reason';

/** All values of `llm_fallback.trigger.reason`, in the registry's order. */
export const TRIGGER_REASONS = [
  /** The attempt before failed with an error that no other value names. */
  'error',
  /** The attempt before took too long. */
  'timeout',
  /** The attempt before was rejected for rate or quota. */
  'rate_limit',
  /** The output before did not match the declared schema. */
  'schema_invalid',
  /** The model before refused. */
  'refusal',
  /** The output before was cut off. */
  'truncated',
  /** The application did not accept the output before. */
  'low_confidence',
  /** A circuit breaker kept the call from the target before. */
  'breaker_open',
  /** A budget kept the call from the target before. */
  'budget',
  /** A person or a switch chose this route. */
  'manual',
  /** A drill forced this route. */
  'drill',
  /** Any other reason. */
  '_OTHER',
] as const;

/** Values of `llm_fallback.trigger.reason`. */
export type TriggerReason = (typeof TRIGGER_REASONS)[number];

/** What the primary failed with in this run, as `error.type` has it. */
export const ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE = 'llm_fallback.primary.error.type';

/** Seconds from the start of the chain's first attempt to the start of this one. */
export const ATTR_LLM_FALLBACK_FAILOVER_DURATION = 'llm_fallback.failover.duration';

/** Why a target other than the primary ran. Missing means `organic`. */
export const ATTR_LLM_FALLBACK_EXERCISE_KIND = 'llm_fallback.exercise.kind';

/** All values of `llm_fallback.exercise.kind`, in the registry's order. */
export const EXERCISE_KINDS = [
  /** Real need. */
  'organic',
  /** Forced, on the user's path. */
  'drill',
  /** Beside the user's path; its answer is thrown away. */
  'shadow',
  /** A health check. It moves no freshness, and proves that the model answers. */
  'probe',
] as const;

/** Values of `llm_fallback.exercise.kind`. */
export type ExerciseKind = (typeof EXERCISE_KINDS)[number];

/** Which drill the attempt belongs to. */
export const ATTR_LLM_FALLBACK_DRILL_ID = 'llm_fallback.drill.id';

/**
 * How the targets above the drilled one fail in the drill.
 * Stands on every attempt of the drill. An attempt whose failure the drill made itself has the `error.type` `drill`;
 * it proves and disproves nothing.
 */
export const ATTR_LLM_FALLBACK_DRILL_FAULT = 'llm_fallback.drill.fault';

/** All values of `llm_fallback.drill.fault`, in the registry's order. */
export const DRILL_FAULTS = [
  /** HTTP 503. */
  'unavailable',
  /** HTTP 500. */
  'server_error',
  /** HTTP 529 with `retry-after`. */
  'overloaded',
  /** HTTP 429 with `retry-after`. */
  'rate_limit',
  /** The client gives up waiting. */
  'timeout',
  /** The connection breaks before an answer. */
  'connection_reset',
  /** HTTP 404. */
  'model_not_found',
  /** HTTP 401. */
  'unauthorized',
  /** An answer in which the model refuses. */
  'refusal',
  /** An answer that ends at a limit of tokens. */
  'truncated',
  /** An answer that does not match the schema. */
  'schema_invalid',
  /** An answer that comes late. */
  'slow',
  /** The connection breaks in the middle of the answer. */
  'stream_cut',
] as const;

/** Values of `llm_fallback.drill.fault`. */
export type DrillFaultName = (typeof DRILL_FAULTS)[number];

/**
 * How a drill ended. Only `succeeded` is a success.
 * On a span of its own where no attempt of the target tells how the drill ended.
 */
export const ATTR_LLM_FALLBACK_DRILL_OUTCOME = 'llm_fallback.drill.outcome';

/** All values of `llm_fallback.drill.outcome`, in the registry's order. */
export const DRILL_OUTCOMES = [
  /** The target answered and proved itself. */
  'succeeded',
  /** The target was tried and did not prove itself. */
  'failed',
  /** The target was not reached, or nothing can tell. */
  'inconclusive',
  /** The caller gave up. */
  'interrupted',
  /** The primary really fails, or drills are off. */
  'blocked',
] as const;

/** Values of `llm_fallback.drill.outcome`. */
export type DrillOutcome = (typeof DRILL_OUTCOMES)[number];

/**
 * How the attempt ended; the first value that applies, in the order listed.
 * Exactly one span of an attempt carries it, and that span alone is counted. Only `success` is a successful exercise.
 */
export const ATTR_LLM_FALLBACK_CALL_OUTCOME = 'llm_fallback.call.outcome';

/** All values of `llm_fallback.call.outcome`, in the registry's order. */
export const CALL_OUTCOMES = [
  /** The caller gave up before the answer was complete. */
  'cancelled',
  /** A deadline passed before the answer was complete. */
  'timeout',
  /** The call failed, or its stream ended before a terminal reason. */
  'error',
  /** The model refused, or a content filter withheld the answer. */
  'refused',
  /** The answer was cut off at a limit. */
  'truncated',
  /** The output does not match the declared schema. */
  'schema_invalid',
  /** The cached answer is older than the policy allows. */
  'cache_stale',
  /** The attempt took longer than the policy allows. */
  'over_latency',
  /** The attempt cost more than the policy allows. */
  'over_cost',
  /** The cache had nothing to serve. It moves no freshness. */
  'miss',
  /** Nothing tells that the call ended well, or a word that nobody knows does. It moves no freshness. */
  'unknown',
  /** None of the above. */
  'success',
] as const;

/** Values of `llm_fallback.call.outcome`. */
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/**
 * The span id of the attempt that this call is part of.
 * Stands on LLM calls inside an attempt, which carry no outcome: the attempt's own span is counted.
 */
export const ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID = 'llm_fallback.attempt.span_id';

/** Whether the output matches the schema that was declared for it. */
export const ATTR_LLM_FALLBACK_SCHEMA_VALIDITY = 'llm_fallback.schema.validity';

/** All values of `llm_fallback.schema.validity`, in the registry's order. */
export const SCHEMA_VALIDITIES = [
  /** The output matches the schema. */
  'valid',
  /** The output does not match the schema. */
  'invalid',
  /** A schema is declared, but the output was not checked. */
  'not_evaluated',
] as const;

/** Values of `llm_fallback.schema.validity`. */
export type SchemaValidity = (typeof SCHEMA_VALIDITIES)[number];

/** The first kind of violation that was found. */
export const ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE = 'llm_fallback.schema.error.type';

/** All values of `llm_fallback.schema.error.type`, in the registry's order. */
export const SCHEMA_ERROR_TYPES = [
  /** The output is not JSON. */
  'not_json',
  /** A required property is missing. */
  'missing_required',
  /** A value has another type. */
  'type_mismatch',
  /** A value is none of those listed. */
  'enum_mismatch',
  /** A value breaks another constraint, such as a length, range or pattern. */
  'constraint',
  /** Any other violation. */
  '_OTHER',
] as const;

/** Values of `llm_fallback.schema.error.type`. */
export type SchemaErrorType = (typeof SCHEMA_ERROR_TYPES)[number];

/**
 * A fingerprint of the declared output schema.
 * Hex digits of the truncated SHA-256 of the canonical JSON Schema. Equal fingerprints mean equal schemas whatever the
 * order of keys; texts for people, such as descriptions of a `title`, take part only as the function's documentation
 * says.
 */
export const ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT = 'llm_fallback.schema.fingerprint';

/**
 * A fingerprint of the static system prompt.
 * Hex digits of a truncated SHA-256, never the text. `gen_ai.prompt.name` and `gen_ai.prompt.version` win where they
 * are given.
 */
export const ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT = 'llm_fallback.prompt.fingerprint';

/**
 * What the call cost, in `llm_fallback.cost.currency`.
 * Absent when the price is unknown; never 0 for want of a price.
 */
export const ATTR_LLM_FALLBACK_COST_AMOUNT = 'llm_fallback.cost.amount';

/** The currency of the cost, an ISO 4217 code. */
export const ATTR_LLM_FALLBACK_COST_CURRENCY = 'llm_fallback.cost.currency';

/** Who computed the cost. */
export const ATTR_LLM_FALLBACK_COST_SOURCE = 'llm_fallback.cost.source';

/** All values of `llm_fallback.cost.source`, in the registry's order. */
export const COST_SOURCES = [
  /** The provider or gateway reported the cost. */
  'provider',
  /** The cost was computed from usage and a price list. */
  'local',
] as const;

/** Values of `llm_fallback.cost.source`. */
export type CostSource = (typeof COST_SOURCES)[number];

/** The model of the price list that the cost was computed with. */
export const ATTR_LLM_FALLBACK_COST_MODEL = 'llm_fallback.cost.model';

/** Seconds since the cached answer was made. */
export const ATTR_LLM_FALLBACK_CACHE_AGE = 'llm_fallback.cache.age';

/** How the cached answer was found. */
export const ATTR_LLM_FALLBACK_CACHE_TYPE = 'llm_fallback.cache.type';

/** All values of `llm_fallback.cache.type`, in the registry's order. */
export const CACHE_TYPES = [
  /** Found by an equal key. */
  'exact',
  /** Found by similarity. */
  'semantic',
] as const;

/** Values of `llm_fallback.cache.type`. */
export type CacheType = (typeof CACHE_TYPES)[number];

/** The name of the circuit breaker that took part. */
export const ATTR_LLM_FALLBACK_BREAKER_NAME = 'llm_fallback.breaker.name';

/** The state of the circuit breaker at the time of the call. */
export const ATTR_LLM_FALLBACK_BREAKER_STATE = 'llm_fallback.breaker.state';

/** All values of `llm_fallback.breaker.state`, in the registry's order. */
export const BREAKER_STATES = [
  /** Calls pass. */
  'closed',
  /** Calls are kept away. */
  'open',
  /** A trial call may pass. */
  'half_open',
] as const;

/** Values of `llm_fallback.breaker.state`. */
export type BreakerState = (typeof BREAKER_STATES)[number];

/** Whether a target would work now; the first value that applies, in the order listed. */
export const ATTR_LLM_FALLBACK_TARGET_STATE = 'llm_fallback.target.state';

/** All values of `llm_fallback.target.state`, in the registry's order. */
export const TARGET_STATES = [
  /** No counted attempt since the declaration. */
  'never_exercised',
  /** The latest counted attempt is not a success. */
  'failing',
  /** The last success is older than the policy's maximum age. */
  'stale',
  /** The last success is young enough. */
  'fresh',
] as const;

/** Values of `llm_fallback.target.state`. */
export type TargetState = (typeof TARGET_STATES)[number];

/** One of the five things that must hold at the moment a fallback engages. */
export const ATTR_LLM_FALLBACK_ASSUMPTION_NAME = 'llm_fallback.assumption.name';

/** All values of `llm_fallback.assumption.name`, in the registry's order. */
export const ASSUMPTION_NAMES = [
  /** The fallback's model answers with these credentials. */
  'available',
  /** Its output matches the schema in force. */
  'schema',
  /** Its cached answers are young enough. */
  'cache',
  /** The primary's failure engages it in time. */
  'breaker',
  /** It can take the primary's load within its limits. */
  'capacity',
] as const;

/** Values of `llm_fallback.assumption.name`. */
export type AssumptionName = (typeof ASSUMPTION_NAMES)[number];

/** What the evidence says of an assumption. */
export const ATTR_LLM_FALLBACK_ASSUMPTION_STATE = 'llm_fallback.assumption.state';

/** All values of `llm_fallback.assumption.state`, in the registry's order. */
export const ASSUMPTION_STATES = [
  /** Proved, and the proof has not expired. */
  'holds',
  /** The newest evidence is against it. */
  'broken',
  /** No evidence, or an expired proof. */
  'unverified',
] as const;

/** Values of `llm_fallback.assumption.state`. */
export type AssumptionState = (typeof ASSUMPTION_STATES)[number];

/** A part of what the primary promises today. */
export const ATTR_LLM_FALLBACK_CONTRACT_PART = 'llm_fallback.contract.part';

/** All values of `llm_fallback.contract.part`, in the registry's order. */
export const CONTRACT_PARTS = [
  /** The primary's model. */
  'model',
  /** The primary's prompt. */
  'prompt',
  /** The output schema. */
  'schema',
] as const;

/** Values of `llm_fallback.contract.part`. */
export type ContractPart = (typeof CONTRACT_PARTS)[number];

/** A configured limit of a target. */
export const ATTR_LLM_FALLBACK_LIMIT_NAME = 'llm_fallback.limit.name';

/** All values of `llm_fallback.limit.name`, in the registry's order. */
export const LIMIT_NAMES = [
  /** The 95th percentile of latency. */
  'p95_latency',
  /** Cost an hour. */
  'cost_per_hour',
  /** Tokens a minute. */
  'tokens_per_minute',
] as const;

/** Values of `llm_fallback.limit.name`. */
export type LimitName = (typeof LIMIT_NAMES)[number];

/** Why the service did not accept something. */
export const ATTR_WARMSPARE_REJECT_REASON = 'warmspare.reject.reason';

/** All values of `warmspare.reject.reason`, in the registry's order. */
export const SPAN_REJECT_REASONS = [
  /** The span has no end time. */
  'missing_end_time',
  /** A chain's or target's name is too long. */
  'name_too_long',
  /** A trace, span or parent id has a wrong length. */
  'invalid_id',
  /** The request could not be decoded. */
  'malformed',
  /** The request is larger than the limit. */
  'too_large',
  /** No valid token was sent, or not one for the service, or the request came from a web page of another site. */
  'unauthorized',
  /** The path, method, content type or encoding is not supported. */
  'unsupported',
  /** Too much was in flight. */
  'overload',
  /** The request or its commit took too long. */
  'timeout',
  /** The store could not commit. */
  'store_unavailable',
  /** A defect of the service. */
  'internal',
] as const;

/** Values of `warmspare.reject.reason`. */
export type SpanRejectReason = (typeof SPAN_REJECT_REASONS)[number];

/** A limit on what senders can name. */
export const ATTR_WARMSPARE_CARDINALITY_LIMIT = 'warmspare.cardinality.limit';

/** All values of `warmspare.cardinality.limit`, in the registry's order. */
export const CARDINALITY_LIMITS = [
  /** Rows, of a service or in all: the targets share the overflow row. */
  'rows',
  /** Chains in all: what concerns the chain as a whole is not kept. */
  'chains',
  /** Services in all: the service has no watermark. */
  'services',
  /** Series of a row, or of a chain: what would be counted in another one is not. */
  'row_series',
  /** Targets in one announcement: it announces none. */
  'chain_targets',
  /** Breakers of a chain: the one seen longest ago is forgotten. */
  'chain_breakers',
  /** Entries in the list of unassigned calls: the one seen longest ago is forgotten. */
  'unassigned',
] as const;

/** Values of `warmspare.cardinality.limit`. */
export type CardinalityLimit = (typeof CARDINALITY_LIMITS)[number];

/** The table that lacks a word. */
export const ATTR_WARMSPARE_VOCABULARY_TABLE = 'warmspare.vocabulary.table';

/** All values of `warmspare.vocabulary.table`, in the registry's order. */
export const VOCABULARY_TABLES = [
  /** Why a provider says that its answer ended. */
  'finish_reason',
  /** The name of a GenAI operation. */
  'operation',
  /** An outcome of this namespace. */
  'outcome',
  /** A kind of exercise of this namespace. */
  'exercise_kind',
  /** A route type of this namespace. */
  'route_type',
] as const;

/** Values of `warmspare.vocabulary.table`. */
export type VocabularyTable = (typeof VOCABULARY_TABLES)[number];
