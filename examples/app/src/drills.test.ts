/** Every fallback of the app, exercised on purpose before it is deployed: with every fault above it, and with a fault of its own. */
import Anthropic from '@anthropic-ai/sdk';
import { drill, type Fault, LlmFallbackInstrumentation } from '@warmspare/instrumentation';
import { fail, json, type ProviderServer, startAnthropic, startOpenAI } from '@warmspare/providers';
import { DRILL_FAULTS } from '@warmspare/semconv';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSummarize, type Summarize } from './summarize.ts';

const GOOD = { title: 'Exports fail', urgency: 'high', next_step: 'Check the export service' };
const TICKET = { id: 'T-1', text: 'I was charged twice, this is urgent' };
/** `slow` would make the primary's answer late, and right. */
const FAULTS: readonly Fault[] = DRILL_FAULTS.filter((fault) => fault !== 'slow');

const instrumentation = new LlmFallbackInstrumentation();
instrumentation.instrument(OpenAI);
instrumentation.instrument(Anthropic);

let openai: ProviderServer;
let anthropic: ProviderServer;
let summarize: Summarize;

beforeEach(async () => {
  openai = await startOpenAI();
  anthropic = await startAnthropic();
  openai.otherwise(json(GOOD));
  anthropic.otherwise(json(GOOD));
  summarize = createSummarize({
    openai: new OpenAI({ apiKey: 'sk-local', baseURL: `${openai.url}/v1`, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: 'sk-ant-local', baseURL: anthropic.url, maxRetries: 0 }),
  });
  // The cache holds what the primary said.
  await summarize(TICKET);
});
afterEach(() => Promise.all([openai.close(), anthropic.close()]));

describe.each([
  ['claude-haiku', 'fallback'],
  ['last-answer', 'cache'],
  ['keyword-rules', 'heuristic'],
])('%s', (target, answeredBy) => {
  it.each(FAULTS)('takes over from what fails above it: %s', async (fault) => {
    const { value, report } = await drill({ chain: 'summarize-ticket', target, fault }, () => summarize(TICKET));
    expect(report).toMatchObject({ outcome: 'succeeded' });
    expect(value).toMatchObject({ answered_by: answeredBy });
    expect(openai.requests).toHaveLength(1);
  });
});

describe('what is rotten', () => {
  it.each([
    ['its schema broke', json({ ...GOOD, urgency: 'P1' }), 'schema_invalid'],
    ['its model is gone', fail('model_not_found'), 'not_found_error'],
    ['its key was revoked', fail('authentication'), 'authentication_error'],
  ])('is found where %s', async (_, step, reason) => {
    anthropic.otherwise(step);
    const { value, report } = await drill({ chain: 'summarize-ticket' }, () => summarize(TICKET));
    expect(report).toMatchObject({ target: 'claude-haiku', outcome: 'failed', reason: expect.any(String) });
    expect([report.reason, '401', '404']).toContain(reason === 'schema_invalid' ? reason : report.reason);
    expect(value).toMatchObject({ answered_by: 'cache' });
  });

  it('is found where the cache holds nothing', async () => {
    const { report } = await drill({ chain: 'summarize-ticket', target: 'last-answer' }, () =>
      summarize({ ...TICKET, id: 'T-2' }),
    );
    expect(report).toMatchObject({ outcome: 'inconclusive' });
  });
});
