/**
 * A request or an answer in, span attributes out. It decides nothing and writes no text of prompts or outputs: of a system
 * prompt and a schema it writes fingerprints.
 */
import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_OUTPUT_TYPE,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_REQUEST_STREAM,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_GEN_AI_RESPONSE_ID,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_COST_MODEL,
  ATTR_LLM_FALLBACK_COST_SOURCE,
  ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  promptFingerprint,
} from '@warmspare/semconv';
import type { AttributeSink } from '../base/attribute-sink.ts';
import type { AttemptScope } from '../types/attempt.ts';
import type { CallAnswer, CallRequest, Cost, Server, TokenUsage } from '../types/call.ts';
import { chainAttributes, routeAttributes } from './route-attributes.ts';
import { wireFingerprint } from './wire-schema.ts';

/** Of the call's span, as the GenAI conventions have it. */
export function nameOf({ operation, model }: CallRequest): string {
  return model === undefined ? operation : `${operation} ${model}`;
}

/** What is known before the request leaves, and samplers may go by. Not to be changed: calls that begin alike share it. */
export function requestAttributes(request: CallRequest, scope: AttemptScope | undefined): Readonly<Attributes> {
  const { declared, server } = request;
  if (scope === undefined && declared === undefined && server !== undefined) return keptAttributes(request, server);
  const attributes = ownAttributes(request);
  if (declared !== undefined && scope?.chain === undefined) {
    const { chain, names, types } = declared;
    Object.assign(attributes, chainAttributes({ chain, targetNames: names, targetTypes: types }));
  }
  if (scope !== undefined) Object.assign(attributes, routeAttributes(scope));
  return attributes;
}

function ownAttributes(request: CallRequest): Attributes {
  const attributes: Attributes = {
    [ATTR_GEN_AI_OPERATION_NAME]: request.operation,
    [ATTR_GEN_AI_PROVIDER_NAME]: request.provider,
  };
  if (request.model !== undefined) attributes[ATTR_GEN_AI_REQUEST_MODEL] = request.model;
  if (request.stream) attributes[ATTR_GEN_AI_REQUEST_STREAM] = true;
  if (request.outputType !== undefined) attributes[ATTR_GEN_AI_OUTPUT_TYPE] = request.outputType;
  if (request.server !== undefined) {
    attributes[ATTR_SERVER_ADDRESS] = request.server.address;
    if (request.server.port !== undefined) attributes[ATTR_SERVER_PORT] = request.server.port;
  }
  return attributes;
}

/** By client, whose server is one object: most calls of a client begin like the one before. */
const kept = new WeakMap<Server, Readonly<Attributes>>();

function keptAttributes(request: CallRequest, server: Server): Readonly<Attributes> {
  const last = kept.get(server);
  if (last !== undefined && says(last, request)) return last;
  const attributes = ownAttributes(request);
  kept.set(server, attributes);
  return attributes;
}

function says(attributes: Readonly<Attributes>, request: CallRequest): boolean {
  return (
    attributes[ATTR_GEN_AI_REQUEST_MODEL] === request.model &&
    attributes[ATTR_GEN_AI_OPERATION_NAME] === request.operation &&
    attributes[ATTR_GEN_AI_PROVIDER_NAME] === request.provider &&
    (attributes[ATTR_GEN_AI_REQUEST_STREAM] === true) === request.stream &&
    attributes[ATTR_GEN_AI_OUTPUT_TYPE] === request.outputType
  );
}

/** The fingerprints of schema and prompt: taken at the end, where somebody reads them. */
export function sayFingerprints(
  into: AttributeSink,
  { schema, systemPrompt }: CallRequest,
  scope: AttemptScope | undefined,
  ofPrompts: boolean,
): void {
  // A chain's own schema is its contract, whatever a provider's client makes of it on the wire.
  if (schema !== undefined && scope?.schema?.fingerprint === undefined) {
    const fingerprint = wireFingerprint(schema);
    if (fingerprint !== undefined) into.setAttribute(ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT, fingerprint);
  }
  if (ofPrompts && systemPrompt !== undefined) {
    into.setAttribute(ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT, keptPromptFingerprint(systemPrompt));
  }
}

/** What the answer says itself. */
export function sayAnswer(into: AttributeSink, { id, model, finishReasons, usage }: CallAnswer): void {
  if (id !== undefined) into.setAttribute(ATTR_GEN_AI_RESPONSE_ID, id);
  if (model !== undefined) into.setAttribute(ATTR_GEN_AI_RESPONSE_MODEL, model);
  if (finishReasons !== undefined && finishReasons.length > 0) {
    // OTel's type of attribute arrays is mutable, though nobody may change them.
    into.setAttribute(ATTR_GEN_AI_RESPONSE_FINISH_REASONS, finishReasons as string[]);
  }
  if (usage !== undefined) sayUsage(into, usage);
}

function sayUsage(into: AttributeSink, { input, output, cacheRead, cacheWrite, reasoning }: TokenUsage): void {
  if (input !== undefined) into.setAttribute(ATTR_GEN_AI_USAGE_INPUT_TOKENS, input);
  if (output !== undefined) into.setAttribute(ATTR_GEN_AI_USAGE_OUTPUT_TOKENS, output);
  // None of a kind is what an absent attribute says, too: most answers have two of these zeros.
  if (cacheRead) into.setAttribute(ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS, cacheRead);
  if (cacheWrite) into.setAttribute(ATTR_GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS, cacheWrite);
  if (reasoning) into.setAttribute(ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS, reasoning);
}

/** What the call cost. */
export function sayCost(into: AttributeSink, { amount, currency, source, model }: Cost): void {
  into.setAttribute(ATTR_LLM_FALLBACK_COST_AMOUNT, amount);
  into.setAttribute(ATTR_LLM_FALLBACK_COST_CURRENCY, currency);
  into.setAttribute(ATTR_LLM_FALLBACK_COST_SOURCE, source);
  if (model !== undefined) into.setAttribute(ATTR_LLM_FALLBACK_COST_MODEL, model);
}

/** Prompts are long and the same for weeks; a template filled in per request must not grow the table. */
const MAX_PROMPTS = 128;
const MAX_PROMPT_LENGTH = 65_536;
const prompts = new Map<string, string>();

function keptPromptFingerprint(prompt: string): string {
  const known = prompts.get(prompt);
  if (known !== undefined) return known;
  const fingerprint = promptFingerprint(prompt);
  if (prompt.length <= MAX_PROMPT_LENGTH) {
    if (prompts.size >= MAX_PROMPTS) prompts.clear();
    prompts.set(prompt, fingerprint);
  }
  return fingerprint;
}
