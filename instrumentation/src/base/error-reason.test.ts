import type { TriggerReason } from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DrillFault } from '../drill/fault.ts';
import { errorType, isAbort, outcomeOfError, triggerReason } from './error-reason.ts';

class RateLimitError extends Error {}
class APIConnectionTimeoutError extends Error {}
class APIUserAbortError extends Error {}
class InternalServerError extends Error {}
class BrokenCircuitError extends Error {}

const error = (fields: object, base: Error = new Error('the prompt said: hello')): Error => Object.assign(base, fields);

/** As the clients throw them. */
const cases: readonly { what: string; thrown: unknown; reason: TriggerReason; type: string }[] = [
  {
    what: 'openai 429',
    thrown: error({ status: 429, code: 'rate_limit_exceeded', type: 'requests' }, new RateLimitError()),
    reason: 'rate_limit',
    type: 'rate_limit_exceeded',
  },
  { what: 'a bare 429', thrown: error({ status: 429 }), reason: 'rate_limit', type: '429' },
  {
    what: 'openai out of quota',
    thrown: error({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' }, new RateLimitError()),
    reason: 'budget',
    type: 'insufficient_quota',
  },
  {
    what: 'openai unknown model',
    thrown: error({ status: 404, code: 'model_not_found', type: 'invalid_request_error' }),
    reason: 'error',
    type: 'model_not_found',
  },
  {
    what: 'openai 500',
    thrown: error({ status: 500, code: null, type: 'server_error' }, new InternalServerError()),
    reason: 'error',
    type: '500',
  },
  {
    what: 'anthropic overloaded',
    thrown: error({ status: 529, error: { type: 'error', error: { type: 'overloaded_error', message: 'x' } } }),
    reason: 'error',
    type: '529',
  },
  {
    what: 'anthropic overloaded inside a stream',
    thrown: error({ status: undefined, error: { type: 'error', error: { type: 'overloaded_error' } } }),
    reason: 'error',
    type: 'overloaded_error',
  },
  {
    what: 'a client timeout',
    thrown: new APIConnectionTimeoutError(),
    reason: 'timeout',
    type: 'APIConnectionTimeoutError',
  },
  {
    what: 'AbortSignal.timeout',
    thrown: new DOMException('x', 'TimeoutError'),
    reason: 'timeout',
    type: 'TimeoutError',
  },
  { what: 'a gateway timeout', thrown: error({ statusCode: 504 }), reason: 'timeout', type: '504' },
  {
    what: 'undici, as fetch wraps it',
    thrown: new TypeError('fetch failed', { cause: error({ code: 'UND_ERR_HEADERS_TIMEOUT' }) }),
    reason: 'timeout',
    type: 'UND_ERR_HEADERS_TIMEOUT',
  },
  {
    what: 'a refused connection',
    thrown: new TypeError('fetch failed', { cause: error({ code: 'ECONNREFUSED' }) }),
    reason: 'error',
    type: 'ECONNREFUSED',
  },
  { what: 'opossum open', thrown: error({ code: 'EOPENBREAKER' }), reason: 'breaker_open', type: 'EOPENBREAKER' },
  { what: 'cockatiel open', thrown: new BrokenCircuitError(), reason: 'breaker_open', type: 'BrokenCircuitError' },
  {
    what: 'azure content filter',
    thrown: error({ status: 400, code: 'content_filter' }),
    reason: 'refusal',
    type: 'content_filter',
  },
  { what: 'a failed parse', thrown: error({ name: 'ZodError' }), reason: 'schema_invalid', type: 'ZodError' },
  { what: 'a budget', thrown: error({ status: 402 }), reason: 'budget', type: '402' },
  { what: 'a drill', thrown: new DrillFault('rate_limit', 'gpt'), reason: 'drill', type: 'rate_limit_exceeded' },
  { what: 'an error that says nothing', thrown: new Error('x'), reason: 'error', type: '_OTHER' },
  { what: 'a thrown string', thrown: 'boom', reason: 'error', type: '_OTHER' },
  { what: 'a sentence as code', thrown: error({ code: 'the user said so' }), reason: 'error', type: '_OTHER' },
];

describe('an error', () => {
  it.each(cases)('has a type and a reason: $what', ({ thrown, reason, type }) => {
    expect(triggerReason(thrown)).toBe(reason);
    expect(errorType(thrown)).toBe(type);
  });

  it.each([
    { thrown: error({ status: 504 }), outcome: 'timeout' },
    { thrown: error({ status: 400, code: 'content_filter' }), outcome: 'refused' },
    { thrown: error({ name: 'LengthFinishReasonError' }), outcome: 'truncated' },
    { thrown: error({ name: 'ZodError' }), outcome: 'schema_invalid' },
    { thrown: error({ code: 'cache_miss' }), outcome: 'miss' },
    { thrown: error({ status: 503 }), outcome: 'error' },
    { thrown: error({ code: 429 }), outcome: 'error' },
    { thrown: 'boom', outcome: 'error' },
  ])('ends an attempt by the vocabulary: $outcome', ({ thrown, outcome }) => {
    expect(outcomeOfError(thrown)).toBe(outcome);
  });

  it('may have its status in its code, its own or that of the provider', () => {
    for (const thrown of [error({ code: 429 }), error({ code: '429' }), error({ error: { code: 429 } })]) {
      expect(errorType(thrown)).toBe('429');
      expect(triggerReason(thrown)).toBe('rate_limit');
    }
  });

  it.each([
    new APIUserAbortError(),
    new DOMException('x', 'AbortError'),
    new Error('x', { cause: new APIUserAbortError() }),
  ])('is recognised as an abort: %o', (thrown) => expect(isAbort(thrown)).toBe(true));

  it('is no abort where a deadline passed', () => {
    expect(isAbort(new DOMException('x', 'TimeoutError'))).toBe(false);
  });

  it('may be anything at all: nothing is thrown, and the type is an identifier or a status', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(errorType(thrown)).toMatch(/^([A-Za-z_][\w.-]{0,63}|[45]\d\d)$/);
        expect(typeof triggerReason(thrown)).toBe('string');
      }),
    );
    const cyclic = new Error('x');
    cyclic.cause = cyclic;
    expect(errorType(cyclic)).toBe('_OTHER');
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(errorType(hostile)).toBe('_OTHER');
  });
});
