/**
 * Error types that say the fallback would not answer whatever is asked: the key, the model, the deployment or the quota is gone.
 * Rate limits, overload, server errors and timeouts pass by themselves and are not among them.
 *
 * Sources: OpenAI error codes (platform.openai.com/docs/guides/error-codes), Azure OpenAI (DeploymentNotFound), Anthropic errors
 * (docs.claude.com/en/api/errors), Google gRPC status names, Amazon Bedrock Runtime exceptions, and the classes that the
 * providers' SDKs raise for the same statuses.
 */
const GONE: ReadonlySet<string> = new Set(
  [
    // HTTP
    ['401', '402', '403', '404', '410'],
    // OpenAI, Azure OpenAI, Groq and what speaks their dialect
    [
      'invalid_api_key',
      'account_deactivated',
      'insufficient_quota',
      'billing_hard_limit_reached',
      'billing_not_active',
    ],
    ['model_not_found', 'model_decommissioned', 'model_deprecated', 'DeploymentNotFound', 'access_denied'],
    ['unsupported_country_region_territory', 'organization_restricted', 'invalid_organization'],
    // Anthropic
    ['authentication_error', 'permission_error', 'not_found_error', 'billing_error'],
    // Google
    ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'NOT_FOUND'],
    // Bedrock
    ['AccessDeniedException', 'ResourceNotFoundException', 'UnrecognizedClientException', 'ExpiredTokenException'],
    // Classes of the SDKs
    ['AuthenticationError', 'PermissionDeniedError', 'NotFoundError', 'UnauthorizedError', 'ForbiddenError'],
  ].flat(),
);

/** Class names may come with their module (`openai.NotFoundError`). */
export function isGone(errorType: string | undefined): boolean {
  if (errorType === undefined) return false;
  return GONE.has(errorType) || GONE.has(errorType.slice(errorType.lastIndexOf('.') + 1));
}
