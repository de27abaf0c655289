/** A chain over the official clients, against servers on the wire: an outage, a broken contract, a stream, an abort. */

import { answer, fail, json, type ProviderServer, startAnthropic, startOpenAI } from '@warmspare/providers';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_MODEL,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import Anthropic from 'anthropic1';
import { OpenAI } from 'openai7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chain } from '../../instrumentation/src/api/chain.ts';
import { LlmFallbackInstrumentation } from '../../instrumentation/src/instrumentation.ts';
import { type RecordedSpans, recordSpans } from '../recorded-spans.ts';

let gpt: ProviderServer;
let claude: ProviderServer;
let recorded: RecordedSpans;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  gpt = await startOpenAI();
  claude = await startAnthropic();
  recorded = recordSpans();
  const instrumentation = new LlmFallbackInstrumentation();
  instrumentation.instrument(OpenAI);
  instrumentation.instrument(Anthropic);
  openai = new OpenAI({ apiKey: 'k', baseURL: `${gpt.url}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: 'k', baseURL: claude.url, maxRetries: 0 });
});
afterAll(async () => {
  recorded.close();
  await Promise.all([gpt.close(), claude.close()]);
});
beforeEach(() => recorded.reset());

const Summary = z.object({ urgency: z.enum(['low', 'high']) });

interface Question {
  readonly ask: string;
  readonly signal?: AbortSignal;
}
const askGpt = ({ ask, signal }: Question) =>
  openai.chat.completions.create(
    { model: 'gpt-5', messages: [{ role: 'user', content: ask }] },
    signal === undefined ? {} : { signal },
  );
const askClaude = ({ ask }: Question) =>
  anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [{ role: 'user', content: ask }] });

const summarize = chain('summarize', {
  schema: Summary,
  targets: [
    { name: 'gpt', type: 'primary', run: askGpt },
    { name: 'claude', type: 'fallback', run: askClaude },
    { name: 'rules', type: 'heuristic', run: () => ({ urgency: 'low' }) },
  ],
});

const attributes = (name: string) => recorded.span(name).attributes;
const leaves = () => recorded.spans.filter((span) => span.attributes[ATTR_GEN_AI_OPERATION_NAME] !== undefined);

describe('a chain over openai and anthropic', () => {
  test('is served by its primary: the attempt has the tokens and cost of the call, the call has no outcome', async () => {
    gpt.script(json({ urgency: 'high' }, { tokens: { input: 1000, output: 100 } }));
    await expect(summarize({ ask: 'secret' })).resolves.toEqual({ urgency: 'high' });
    const [leaf, ...more] = leaves();
    expect(more).toEqual([]);
    expect(leaf?.parentSpanContext?.spanId).toBe(recorded.span('summarize gpt').spanContext().spanId);
    expect(leaf?.attributes).toMatchObject({
      [ATTR_LLM_FALLBACK_TARGET_NAME]: 'gpt',
      [ATTR_LLM_FALLBACK_ROUTE_TYPE]: 'primary',
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt', 'claude', 'rules'],
    });
    expect(leaf?.attributes[ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID]).toBe(
      recorded.span('summarize gpt').spanContext().spanId,
    );
    expect(leaf?.attributes).not.toHaveProperty([ATTR_LLM_FALLBACK_CALL_OUTCOME]);
    expect(attributes('summarize gpt')).not.toHaveProperty([ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID]);
    expect(attributes('summarize gpt')).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5',
      [ATTR_GEN_AI_RESPONSE_MODEL]: expect.stringContaining('gpt-5'),
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 1000,
      [ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: 100,
      [ATTR_LLM_FALLBACK_COST_AMOUNT]: leaf?.attributes[ATTR_LLM_FALLBACK_COST_AMOUNT],
      [ATTR_LLM_FALLBACK_COST_CURRENCY]: 'USD',
    });
  });

  test('falls in an outage, and again when the fallback breaks the contract', async () => {
    gpt.script(fail('rate_limit'));
    claude.script(json({ urgency: 'medium' }));
    await expect(summarize({ ask: 'secret' })).resolves.toEqual({ urgency: 'low' });
    expect(attributes('summarize gpt')).toMatchObject({ [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'error' });
    expect(attributes('summarize claude')).toMatchObject({
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'rate_limit',
      [ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE]: attributes('summarize gpt')[ATTR_ERROR_TYPE],
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'schema_invalid',
      [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: 'enum_mismatch',
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: expect.any(Number),
    });
    expect(attributes('summarize rules')).toMatchObject({
      [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'schema_invalid',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
    });
    expect(JSON.stringify(recorded.messages)).not.toContain('secret');
  });

  test.each([
    { what: answer({ refusal: 'I will not' }), outcome: 'refused', reason: 'refusal' },
    { what: answer({ text: '{"urg', finish: 'length' }), outcome: 'truncated', reason: 'truncated' },
  ])('falls where the primary was $outcome', async ({ what, outcome, reason }) => {
    gpt.script(what);
    claude.script(json({ urgency: 'high' }));
    await expect(summarize({ ask: 'x' })).resolves.toEqual({ urgency: 'high' });
    expect(attributes('summarize gpt')[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe(outcome);
    expect(attributes('summarize claude')[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe(reason);
  });

  test('counts one success an attempt, and every message but the calls inside carries its outcome', async () => {
    gpt.script(fail('unavailable'));
    claude.script(json({ urgency: 'high' }));
    await summarize({ ask: 'x' });
    const outcomes = recorded.messages.map(({ attributes }) => attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]);
    expect(outcomes.filter((outcome) => outcome === 'success')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'error')).toHaveLength(1);
  });

  test('tells a deadline in the call from a caller who gave up', async () => {
    await expect(
      summarize({ ask: 'x', signal: AbortSignal.abort(new DOMException('late', 'TimeoutError')) }),
    ).resolves.toEqual({ urgency: expect.any(String) });
    expect(attributes('summarize gpt')[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('timeout');
    expect(attributes('summarize claude')[ATTR_LLM_FALLBACK_TRIGGER_REASON]).toBe('timeout');
    recorded.reset();
    await expect(summarize({ ask: 'x', signal: AbortSignal.abort() })).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(attributes('summarize gpt')[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('cancelled');
    expect(attributes('summarize')[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('cancelled');
  });
});

describe('a streamed chain', () => {
  const stream = chain('streamed', {
    targets: [
      {
        name: 'gpt',
        type: 'primary',
        run: (question: Question) =>
          openai.chat.completions.create({
            model: 'gpt-5',
            stream: true,
            stream_options: { include_usage: true },
            messages: [{ role: 'user', content: question.ask }],
          }),
      },
    ],
  });

  test("hands over the client's stream; the attempt ends with it and has its tokens", async () => {
    gpt.script(answer({ text: 'one two three', tokens: { input: 7, output: 3 } }));
    const chunks = await stream({ ask: 'x' });
    expect(recorded.spans.map(({ name }) => name)).not.toContain('streamed gpt');
    let said = '';
    for await (const chunk of chunks) said += chunk.choices[0]?.delta.content ?? '';
    expect(said).toBe('one two three');
    expect(attributes('streamed gpt')).toMatchObject({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'success',
      [ATTR_GEN_AI_USAGE_INPUT_TOKENS]: 7,
    });
    expect(attributes('streamed')[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('served');
  });

  test('is unprotected where the stream breaks after its first chunks', async () => {
    gpt.script(answer({ text: 'one two three', cut: { after: 2, how: 'reset' } }));
    const chunks = await stream({ ask: 'x' });
    await expect(async () => {
      for await (const _ of chunks);
    }).rejects.toThrow();
    expect(attributes('streamed gpt')[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('error');
    expect(attributes('streamed')[ATTR_LLM_FALLBACK_CHAIN_OUTCOME]).toBe('unprotected');
  });

  test('hands over the text that a target gathered until it stopped reading, which proves nothing', async () => {
    const gathered = chain('gathered', {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          run: async () => {
            let said = '';
            const chunks = await openai.chat.completions.create({ model: 'gpt-5', stream: true, messages: [] });
            for await (const chunk of chunks) {
              said += chunk.choices[0]?.delta.content ?? '';
              if (said !== '') break;
            }
            return said;
          },
        },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    gpt.script(answer({ text: 'one two three' }));
    await expect(gathered()).resolves.toMatch(/^one/);
    expect(attributes('gathered gpt')[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('unknown');
  });

  test('hands over what a target kept of a stream that was torn off', async () => {
    const kept = chain('kept', {
      targets: [
        {
          name: 'gpt',
          type: 'primary',
          run: async () => {
            let said = '';
            try {
              const chunks = await openai.chat.completions.create({ model: 'gpt-5', stream: true, messages: [] });
              for await (const chunk of chunks) said += chunk.choices[0]?.delta.content ?? '';
            } catch {
              return said;
            }
            return said;
          },
        },
        { name: 'rules', type: 'heuristic', run: () => 'rules' },
      ],
    });
    gpt.script(answer({ text: 'one two three', cut: { after: 3, how: 'reset' } }));
    await expect(kept()).resolves.toMatch(/^one/);
  });
});
