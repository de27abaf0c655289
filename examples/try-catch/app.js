/**
 * A ticket service with a fallback written by hand: it asks Claude where GPT throws. It has no code of ours; start it with
 *
 *   npm install @warmspare/instrumentation @opentelemetry/sdk-node
 *   node --import @warmspare/instrumentation/register app.js
 *
 * `POST /summaries` with `{ "text": "..." }` gives `{ "summary" }`. Nobody declares the list, so that Warmspare knows it from the first
 * time that Claude answers in the place of GPT.
 */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

const openai = new OpenAI({ maxRetries: 0 });
const anthropic = new Anthropic({ maxRetries: 0 });
const SYSTEM = 'You summarise support tickets.';

async function summarize(text) {
  try {
    const { choices } = await openai.chat.completions.create({
      model: 'gpt-5',
      messages: [
        { role: 'system', content: SYSTEM },
        { role: 'user', content: text },
      ],
    });
    return choices[0].message.content;
  } catch {
    const { content } = await anthropic.messages.create({
      model: 'claude-haiku-4-5',
      max_tokens: 500,
      system: SYSTEM,
      messages: [{ role: 'user', content: text }],
    });
    return content[0].text;
  }
}

const server = createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  try {
    const { text } = await json(request);
    answer(200, { summary: await summarize(text) });
  } catch (error) {
    answer(502, { error: error.name });
  }
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`tickets: listens on http://127.0.0.1:${server.address().port}`);
});
