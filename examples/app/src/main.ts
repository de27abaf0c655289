/** The app: `POST /summaries` with a ticket gives its summary. `PORT` 0 takes a free one; the line that says which is the first on stdout. */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { createSummarize } from './summarize.ts';
import { Ticket } from './ticket.ts';

// Where the chain has a next rung, a client need not try again by itself. Base URLs and keys are read from the environment.
const summarize = createSummarize({
  openai: new OpenAI({ maxRetries: 0 }),
  anthropic: new Anthropic({ maxRetries: 0 }),
});

const server = createServer(async (request, response) => {
  const answer = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (request.method !== 'POST' || request.url !== '/summaries') return answer(404, { error: 'not found' });
  const ticket = Ticket.safeParse(await json(request).catch(() => undefined));
  if (!ticket.success) return answer(400, { error: 'a ticket has an id and a text' });
  try {
    answer(200, await summarize(ticket.data));
  } catch (error) {
    answer(502, { error: String(error) });
  }
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : undefined;
  process.stdout.write(`support-api listens on http://127.0.0.1:${port}\n`);
});
