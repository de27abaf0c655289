/**
 * What requests and answers say about money, for every reader of answers: what a gateway charged, and the terms that set a call
 * apart from the price list.
 */

import { count, fields, list, text } from '../base/read.ts';
import type { Billing } from '../types/call.ts';

/** The terms that a request asks for. */
export function requestBilling(body: unknown): Billing | undefined {
  const { service_tier, speed, inference_geo } = fields(body);
  return billing(service_tier, speed, inference_geo, false);
}

/** The terms that an answer was given on. OpenAI and Groq name the tier beside the usage, Anthropic all terms inside it. */
export function answerBilling(body: unknown): Billing | undefined {
  const { service_tier, usage, output } = fields(body);
  const used = fields(usage);
  const extras =
    used.is_byok === true || hasAudio(used) || hasOthers(used) || searched(used) || list(output).some(isBilledTool);
  return billing(service_tier ?? used.service_tier, used.speed, used.inference_geo, extras);
}

function billing(ofTier: unknown, ofSpeed: unknown, ofGeo: unknown, extras: boolean): Billing | undefined {
  const tier = text(ofTier);
  const speed = text(ofSpeed);
  const geo = text(ofGeo);
  if (tier === undefined && speed === undefined && geo === undefined && !extras) return undefined;
  return { tier, speed, geo, extras };
}

/**
 * US dollars, as OpenRouter reports them beside the tokens (https://openrouter.ai/docs/use-cases/usage-accounting). With the
 * caller's own key it charges a fee or nothing, and the provider charges the rest. 0 means free only where the answer says that
 * the key was not the caller's: other gateways write 0 for a price that they do not know.
 */
export function reportedCost(usage: unknown): number | undefined {
  const { cost, is_byok: ownKey, cost_details } = fields(usage);
  const charged = count(cost);
  if (charged === undefined) return undefined;
  const upstream = count(fields(cost_details).upstream_inference_cost) ?? 0;
  if (ownKey === true) return upstream > 0 ? charged + upstream : undefined;
  if (charged > 0) return charged;
  if (ownKey === false) return upstream > 0 ? undefined : 0;
  return upstream > 0 ? upstream : undefined;
}

function hasAudio({ prompt_tokens_details, completion_tokens_details }: Readonly<Record<string, unknown>>): boolean {
  return (
    positive(fields(prompt_tokens_details).audio_tokens) || positive(fields(completion_tokens_details).audio_tokens)
  );
}

/** What Anthropic's compaction, advisors and fallbacks use is billed beside the answer's own tokens, and by other models' prices. */
function hasOthers({ iterations }: Readonly<Record<string, unknown>>): boolean {
  return list(iterations).some((iteration) => fields(iteration).type !== 'message');
}

/** Anthropic bills searches by the call. */
function searched({ server_tool_use }: Readonly<Record<string, unknown>>): boolean {
  return positive(fields(server_tool_use).web_search_requests);
}

/** OpenAI's own tools, billed by the call: https://developers.openai.com/api/docs/pricing. */
const BILLED_TOOLS: ReadonlySet<unknown> = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
]);

function isBilledTool(item: unknown): boolean {
  return BILLED_TOOLS.has(fields(item).type);
}

function positive(value: unknown): boolean {
  return (count(value) ?? 0) > 0;
}
