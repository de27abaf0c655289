/**
 * What real gateways answered (`test/fixtures/cases/answers/gateways.json`), through the real client: whose the answer is, whose the
 * failures on the way were, and the rows that a processor in the same process makes of them.
 */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { startInProcess } from '@warmspare/processor/in-process';
import {
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
} from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Answered, type Behind, behindGateway, PAST_PRIMARY } from './gateway-case.ts';
import { record } from './recorded.ts';

let gateway: Behind;

beforeAll(async () => {
  gateway = await behindGateway();
});
afterAll(() => gateway.close());
beforeEach(() => gateway.recorded.reset());

test.each<[string, string, readonly string[]]>([
  [
    'L02',
    "LiteLLM's fallback",
    ['litellm:gpt-5 / gpt-4.1-mini fallback - success', `litellm:gpt-5 / gpt-5 ${PAST_PRIMARY}`],
  ],
  ['L28', "another deployment of LiteLLM's same group", [' /   - success']],
  [
    'L30',
    "LiteLLM's third target",
    ['litellm:two / claude-haiku fallback - success', `litellm:two / two ${PAST_PRIMARY}`],
  ],
  [
    'M02',
    'the failure of both',
    [
      'litellm:bothfail / bothfail primary 0 error 429',
      'litellm:bothfail / gpt-4.1-mini fallback - error AuthenticationError',
    ],
  ],
  [
    'M07',
    "a fallback's answer",
    ['litellm:gpt-5 / gpt-4.1-mini fallback - success', `litellm:gpt-5 / gpt-5 ${PAST_PRIMARY}`],
  ],
  ['P01', "Portkey's primary", ['portkey:gpt-5 / gpt-5 primary 0 success']],
  [
    'P02',
    "Portkey's fallback",
    ['portkey:gpt-5 / gpt-4.1-mini fallback 1 success', `portkey:gpt-5 / gpt-5 ${PAST_PRIMARY}`],
  ],
  [
    'P05',
    "Portkey's third target",
    [
      'portkey:gpt-5 / claude-haiku-4-5 fallback 2 success',
      `portkey:gpt-5 / gpt-5 ${PAST_PRIMARY}`,
      'portkey:gpt-5 / gpt-4.1-mini fallback 1 error _OTHER',
    ],
  ],
  [
    'P08',
    'a fallback behind a balanced group',
    ['portkey:gpt-4o / gpt-4.1-mini fallback 1 success', `portkey:gpt-4o / gpt-4o ${PAST_PRIMARY}`],
  ],
  [
    'P16',
    'the same model at another host',
    [
      'portkey:gpt-5 / gpt-5 (provider-c.example) fallback 1 success',
      `portkey:gpt-5 / gpt-5 (provider-a.example) ${PAST_PRIMARY}`,
    ],
  ],
  [
    'Q16',
    "a stream's last error",
    ['portkey:gpt-5 / gpt-4.1-mini fallback 1 error 401', `portkey:gpt-5 / gpt-5 ${PAST_PRIMARY}`],
  ],
  [
    'Q23',
    'the failure of three keys',
    [
      'portkey:gpt-5-k / gpt-5-k (provider-b.example) fallback 2 error 401',
      `portkey:gpt-5-k / gpt-5-k (provider-a.example) ${PAST_PRIMARY}`,
      'portkey:gpt-5-k / gpt-5-k (provider-c.example) fallback 1 error _OTHER',
    ],
  ],
  [
    'Q25',
    'the time-out of both',
    ['portkey:gpt-5 / gpt-4.1-mini fallback 1 timeout 408', `portkey:gpt-5 / gpt-5 ${PAST_PRIMARY}`],
  ],
  ['Q26', 'a retry', [' /   - success']],
])('%s, %s', async (id, _what, expected) => {
  await gateway.replay(id);
  expect(gateway.attempts()).toEqual(expected);
});

test('what failed on the way is an attempt below the call: of no length, without usage, and the channel says the same', async () => {
  await gateway.replay('P05');
  const [call] = gateway.recorded.spans();
  for (const [index, span] of gateway.recorded.failed().entries()) {
    const { attributes } = span;
    expect(span.name).toBe(`${attributes[ATTR_LLM_FALLBACK_CHAIN_NAME]} ${attributes[ATTR_LLM_FALLBACK_TARGET_NAME]}`);
    expect(span.kind).toBe(SpanKind.INTERNAL);
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.startTime).toEqual(span.endTime);
    expect(span.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    expect(attributes).not.toHaveProperty([ATTR_GEN_AI_USAGE_INPUT_TOKENS]);
    const message = gateway.recorded.messages.find(({ name }) => name === span.name);
    expect(message?.attributes).toEqual(attributes);
    expect(message?.spanContext?.spanId).toBe(span.spanContext().spanId);
    expect(attributes[ATTR_LLM_FALLBACK_TARGET_RANK]).toBe(index);
  }
  expect(gateway.recorded.failed()).toHaveLength(2);
});

test('where no spans of ours are wanted, what failed on the way is told on the channel alone', async () => {
  const quiet = record({ spans: 'enrich' });
  gateway.recorded.instrumentation.disable();
  quiet.instrumentation.instrument(OpenAI);
  await gateway.replay('P02');
  const said = quiet.messages.map(({ name }) => name);
  const spans = quiet.failed();
  quiet.close();
  gateway.recorded.instrumentation.instrument(OpenAI);
  expect(said.toSorted()).toEqual(['chat gpt-5', 'portkey:gpt-5 gpt-5']);
  expect(spans).toEqual([]);
});

const without =
  (...names: readonly string[]) =>
  (answered: Answered): Answered => {
    const headers = Object.entries(answered.answer.headers).filter(([name]) => !names.includes(name));
    return { ...answered, answer: { ...answered.answer, headers: Object.fromEntries(headers) } };
  };

test('no header is needed but those that tell', async () => {
  await gateway.replay(
    'L02',
    without('x-litellm-call-id', 'x-litellm-model-id', 'x-litellm-model-name', 'x-litellm-response-cost'),
  );
  expect(gateway.attempts()[0]).toBe('litellm:gpt-5 / gpt-4.1-mini fallback - success');
  gateway.recorded.reset();
  await gateway.replay(
    'P02',
    without('x-portkey-trace-id', 'x-portkey-provider', 'x-portkey-cache-status', 'x-portkey-retry-attempt-count'),
  );
  expect(gateway.attempts()[0]).toBe('portkey:gpt-5 / gpt-4.1-mini fallback 1 success');
  gateway.recorded.reset();
  await gateway.replay('M02', without('x-litellm-call-id', 'x-litellm-response-cost', 'x-litellm-timeout'));
  expect(gateway.attempts()).toHaveLength(2);
});

test('without the header that tells, nobody has the credit', async () => {
  await gateway.replay('L02', without('x-litellm-attempted-fallbacks'));
  expect(gateway.attempts()).toEqual([' /   - success']);
  gateway.recorded.reset();
  await gateway.replay('P16', without('x-portkey-last-used-option-index'));
  expect(gateway.recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_ROUTE_TYPE]);
  expect(gateway.recorded.failed()).toEqual([]);
});

test('a gateway that breaks by itself is nobody’s failure', async () => {
  await gateway.replay('Q16', (answered) => ({
    ...answered,
    answer: { status: 500, headers: { 'x-portkey-gateway-exception': 'true' }, message: 'Something went wrong' },
  }));
  expect(gateway.recorded.span().attributes).toMatchObject({ [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error' });
  expect(gateway.recorded.span().attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_TARGET_NAME]);
  expect(gateway.recorded.failed()).toEqual([]);
});

test('the rows say who failed and who served, each once', async () => {
  const warmspare = startInProcess({ service: { name: 'shop' } });
  for (const id of ['L02', 'L28', 'L30', 'M02', 'P05', 'P16', 'Q16', 'Q26']) await gateway.replay(id);
  const { targets } = await warmspare.snapshot();
  await warmspare.close();
  const rows = targets.map(({ chain, target, routeType, state, lastFailure, lastSuccess }) =>
    [chain, target, state ?? routeType, lastSuccess && 'succeeded', lastFailure?.errorType].filter(Boolean).join(' '),
  );
  expect(rows.toSorted()).toEqual([
    'litellm:bothfail bothfail primary 429',
    'litellm:bothfail gpt-4.1-mini failing AuthenticationError',
    'litellm:gpt-5 gpt-4.1-mini fresh succeeded',
    'litellm:gpt-5 gpt-5 primary _OTHER',
    'litellm:two claude-haiku fresh succeeded',
    'litellm:two two primary _OTHER',
    // Q16 after P05: the fallback that the third target stood in for fails again, with an error of its own.
    'portkey:gpt-5 claude-haiku-4-5 fresh succeeded',
    'portkey:gpt-5 gpt-4.1-mini failing 401',
    'portkey:gpt-5 gpt-5 (provider-a.example) primary _OTHER',
    'portkey:gpt-5 gpt-5 (provider-c.example) fresh succeeded',
    'portkey:gpt-5 gpt-5 primary _OTHER',
  ]);
});
