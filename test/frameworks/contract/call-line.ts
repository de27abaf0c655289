/** A message of the channel in, one line out, for tables to compare. */
import {
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_ROUTE_SOURCE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  type CallMessage,
} from '@warmspare/semconv';

/**
 * `chat openai gpt-5>gpt-5-2025-08-07 success 100/20 $ schema=valid [chain target#1 fallback by wrapper after rate_limit]`: what is not
 * known is left out; `$` says that a cost is.
 */
export function callLine({ name, attributes }: CallMessage): string {
  const said = (key: string): string | undefined => attributes[key]?.toString();
  const operation = said(ATTR_GEN_AI_OPERATION_NAME);
  const served = said(ATTR_GEN_AI_RESPONSE_MODEL);
  const asked = said(ATTR_GEN_AI_REQUEST_MODEL);
  const input = said(ATTR_GEN_AI_USAGE_INPUT_TOKENS);
  const schema = said(ATTR_LLM_FALLBACK_SCHEMA_VALIDITY);
  const parts = [
    operation ?? `(${name})`,
    said(ATTR_GEN_AI_PROVIDER_NAME),
    served === undefined || served === asked ? asked : `${asked ?? ''}>${served}`,
    said(ATTR_LLM_FALLBACK_CALL_OUTCOME) ?? '-',
    input === undefined ? undefined : `${input}/${said(ATTR_GEN_AI_USAGE_OUTPUT_TOKENS) ?? ''}`,
    said(ATTR_LLM_FALLBACK_COST_AMOUNT) === undefined ? undefined : '$',
    schema === undefined ? undefined : `schema=${schema}`,
    routeOf(said),
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function routeOf(said: (key: string) => string | undefined): string | undefined {
  const type = said(ATTR_LLM_FALLBACK_ROUTE_TYPE);
  if (type === undefined) return undefined;
  const chain = said(ATTR_LLM_FALLBACK_CHAIN_NAME) ?? '?';
  const rank = said(ATTR_LLM_FALLBACK_TARGET_RANK) ?? '?';
  const reason = said(ATTR_LLM_FALLBACK_TRIGGER_REASON);
  const after = reason === undefined ? '' : ` after ${reason}`;
  const target = said(ATTR_LLM_FALLBACK_TARGET_NAME) ?? '?';
  return `[${chain} ${target}#${rank} ${type} by ${said(ATTR_LLM_FALLBACK_ROUTE_SOURCE)}${after}]`;
}
