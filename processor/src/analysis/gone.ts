/**
 * Error types that say the fallback would not answer whatever is asked: the key, the model, the deployment or the quota is gone.
 * Rate limits, overload, server errors and timeouts pass by themselves and are not among them; a class that stands for all of
 * these (`AI_APICallError`, `RateLimitError` for a quota) tells nothing.
 *
 * Sources: OpenAI error codes (platform.openai.com/docs/guides/error-codes), Azure OpenAI (DeploymentNotFound), Groq, Anthropic errors
 * (docs.claude.com/en/api/errors), Google gRPC status names, Amazon Bedrock Runtime and STS exceptions, the LiteLLM proxy's types,
 * and the classes that SDKs raise for the same statuses.
 */
import { errorName, errorNames } from './error-name.ts';

const HTTP = ['401', '402', '403', '404', '410', 'Unauthorized', 'Forbidden', 'Not Found', 'Payment Required', 'Gone'];
const KEY = ['invalid_api_key', 'expired_key', 'AuthenticationError', 'Unauthenticated', 'AI_LoadAPIKeyError'];
const ACCOUNT = [
  ['account_deactivated', 'access_terminated', 'invalid_organization', 'organization_restricted'],
  ['unsupported_country_region_territory', 'PermissionDeniedError', 'permission_error', 'access_denied'],
  ['key_model_access_denied', 'team_model_access_denied', 'GatewayAuthenticationError'],
].flat();
const QUOTA = [
  ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active', 'billing_error'],
  ['budget_exceeded', 'BudgetExceededError'],
].flat();
const MODEL = [
  ['model_not_found', 'model_decommissioned', 'model_deprecated', 'model_not_active', 'DeploymentNotFound'],
  ['AI_NoSuchModelError', 'GatewayModelNotFoundError'],
].flat();
const AWS = [
  ['AccessDeniedException', 'ResourceNotFoundException', 'UnrecognizedClientException', 'ExpiredTokenException'],
  ['InvalidSignatureException', 'MissingAuthenticationToken', 'NoCredentialsError', 'CredentialsProviderError'],
].flat();

const GONE = errorNames(...HTTP, ...KEY, ...ACCOUNT, ...QUOTA, ...MODEL, ...AWS);

export function isGone(errorType: string | undefined): boolean {
  return errorType !== undefined && GONE.has(errorName(errorType));
}
