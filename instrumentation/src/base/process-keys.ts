/**
 * Registered symbols under which copies of this package that one process has installed see what the others did. They are no part of the wire
 * contract, so that semconv does not hold them.
 */

/** On `globalThis`: the storage of the running attempt. The number changes with the shape of what is stored. */
export const ATTEMPT_STORAGE: unique symbol = Symbol.for('llm_fallback.attempt.1');
/** On a method of a client or framework that is patched already. */
export const PATCHED: unique symbol = Symbol.for('llm_fallback.patched');
/** On a method of a model that is wrapped already. */
export const WATCHED_MODEL: unique symbol = Symbol.for('llm_fallback.model');
/** On a method that asks other models in turn, each of which is a call of its own. */
export const MODEL_LIST: unique symbol = Symbol.for('llm_fallback.model_list');
