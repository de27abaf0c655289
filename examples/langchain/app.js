/**
 * A ticket service on LangChain: `withFallbacks` asks Claude where GPT does not answer. It has no code of ours; start it with
 *
 *   npm install @warmspare/instrumentation @opentelemetry/sdk-node
 *   node --import @warmspare/instrumentation/register app.js
 *
 * `POST /summaries` with `{ "text": "..." }` gives `{ "title", "urgency" }`.
 */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';

const Summary = z.object({ title: z.string(), urgency: z.enum(['low', 'normal', 'high']), next_step: z.string() });

const gpt = new ChatOpenAI({
  model: 'gpt-5',
  maxRetries: 0,
  configuration: { baseURL: process.env.OPENAI_BASE_URL },
});
const claude = new ChatAnthropic({
  model: 'claude-haiku-4-5',
  maxRetries: 0,
  anthropicApiUrl: process.env.ANTHROPIC_BASE_URL,
});

// From here on the list is known: Warmspare announces it, and shows that Claude has never been asked.
const summarizer = gpt.withStructuredOutput(Summary).withFallbacks([claude.withStructuredOutput(Summary)]);

async function summarize(text) {
  const messages = [
    { role: 'system', content: 'You summarise support tickets.' },
    { role: 'user', content: text },
  ];
  // The name of the run names the chain.
  return summarizer.invoke(messages, { runName: 'summarize-ticket' });
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
