/**
 * A ticket service on the Vercel AI SDK: `ai-fallback` asks Claude where GPT does not answer. It has no code of ours; start it with
 *
 *   npm install @warmspare/instrumentation @opentelemetry/sdk-node
 *   node --import @warmspare/instrumentation/register app.js
 *
 * `POST /summaries` with `{ "text": "..." }` gives `{ "title", "urgency" }`.
 */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, Output } from 'ai';
import { createFallback } from 'ai-fallback';
import { z } from 'zod';

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const anthropic = createAnthropic({
  baseURL: process.env.ANTHROPIC_BASE_URL && `${process.env.ANTHROPIC_BASE_URL}/v1`,
});

const Summary = z.object({ title: z.string(), urgency: z.enum(['low', 'normal', 'high']), next_step: z.string() });

// From here on the list is known: Warmspare announces it, and shows that Claude has never been asked.
const model = createFallback({
  models: [openai.chat('gpt-5'), anthropic('claude-haiku-4-5')],
  // Ask GPT first again with the next ticket.
  modelResetInterval: 0,
});

async function summarize(text) {
  const { output } = await generateText({
    model,
    instructions: 'You summarise support tickets.',
    prompt: text,
    output: Output.object({ schema: Summary }),
    maxRetries: 0,
    // Names the chain.
    telemetry: { functionId: 'summarize-ticket' },
  });
  return output;
}

const server = createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  try {
    const { text } = await json(request);
    answer(200, await summarize(text));
  } catch (error) {
    answer(502, { error: error.name });
  }
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`tickets: listens on http://127.0.0.1:${server.address().port}`);
});
