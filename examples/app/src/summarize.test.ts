import Anthropic from '@anthropic-ai/sdk';
import { answer, fail, json, type ProviderServer, startAnthropic, startOpenAI } from '@warmspare/providers';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSummarize, type Summarize } from './summarize.ts';

const GOOD = { title: 'Exports fail', urgency: 'high', next_step: 'Check the export service' };
const TICKET = { id: 'T-1', text: 'I was charged twice, this is urgent' };

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
});
afterEach(() => Promise.all([openai.close(), anthropic.close()]));

describe('a ticket is summarised', () => {
  it('by the primary alone, as long as it answers by the schema', async () => {
    expect(await summarize(TICKET)).toEqual({ ...GOOD, answered_by: 'primary' });
    expect(anthropic.requests).toHaveLength(0);
    expect(openai.requests[0]?.body.response_format).toMatchObject({ type: 'json_schema' });
  });

  it.each([
    ['is down', fail('unavailable')],
    ['limits the rate', fail('rate_limit')],
    ['refuses', answer({ refusal: 'I cannot help with that.' })],
    ['is cut off', answer({ text: '{"title":', finish: 'length' })],
    ['leaves the schema', json({ ...GOOD, urgency: 'P1' })],
  ])('by the fallback where the primary %s', async (_, step) => {
    openai.script(step);
    expect(await summarize(TICKET)).toEqual({ ...GOOD, answered_by: 'fallback' });
  });

  it('by the last answer of a model where both models fail, and by rules where there is none', async () => {
    await summarize(TICKET);
    openai.otherwise(fail('unavailable'));
    anthropic.otherwise(fail('overloaded'));
    expect(await summarize(TICKET)).toEqual({ ...GOOD, answered_by: 'cache' });
    expect(await summarize({ ...TICKET, id: 'T-2' })).toMatchObject({
      urgency: 'high',
      next_step: 'Hand over to billing',
      answered_by: 'heuristic',
    });
    // What the rules guessed is not kept as if a model had said it.
    expect(await summarize({ ...TICKET, id: 'T-2' })).toMatchObject({ answered_by: 'heuristic' });
  });
});
