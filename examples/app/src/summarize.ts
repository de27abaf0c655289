/** A ticket in, its summary out, whatever is up: the chain 'summarize-ticket', from the best model down to rules by hand. */
import type Anthropic from '@anthropic-ai/sdk';
import { cached, chain } from '@warmspare/instrumentation';
import type OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { keywordRules } from './keyword-rules.ts';
import { Summary, type Ticket } from './ticket.ts';

const INSTRUCTIONS = 'Summarise the support ticket for the agent who will answer it.';
/** A rung that takes longer than this counts as failed. */
const PATIENCE = 20_000;

export interface Clients {
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
}

/** Which rung answered. */
export type AnsweredBy = 'primary' | 'fallback' | 'cache' | 'heuristic';

/** One ticket on its way down the chain. */
interface Job {
  readonly ticket: Ticket;
  answeredBy: AnsweredBy;
}

export type Summarize = (ticket: Ticket) => Promise<Summary & { readonly answered_by: AnsweredBy }>;

export function createSummarize({ openai, anthropic }: Clients): Summarize {
  const lastAnswers = new Map<string, { readonly summary: Summary; readonly storedAt: number }>();

  const summarize = chain('summarize-ticket', {
    schema: Summary,
    targets: [
      {
        name: 'gpt-5',
        type: 'primary',
        timeout: PATIENCE,
        run: (job: Job, { signal }) => {
          job.answeredBy = 'primary';
          return openai.chat.completions.create(
            {
              model: 'gpt-5',
              messages: [
                { role: 'system', content: INSTRUCTIONS },
                { role: 'user', content: job.ticket.text },
              ],
              response_format: zodResponseFormat(Summary, 'summary'),
            },
            { signal },
          );
        },
      },
      {
        name: 'claude-haiku',
        type: 'fallback',
        timeout: PATIENCE,
        run: (job: Job, { signal }) => {
          job.answeredBy = 'fallback';
          return anthropic.messages.create(
            {
              model: 'claude-haiku-4-5',
              max_tokens: 500,
              system: `${INSTRUCTIONS} Answer with JSON of this schema only: ${JSON.stringify(z.toJSONSchema(Summary))}`,
              messages: [{ role: 'user', content: job.ticket.text }],
            },
            { signal },
          );
        },
      },
      {
        name: 'last-answer',
        type: 'cache',
        run: (job: Job) => {
          job.answeredBy = 'cache';
          const hit = lastAnswers.get(job.ticket.id);
          return cached(hit?.summary, { storedAt: hit?.storedAt });
        },
      },
      {
        name: 'keyword-rules',
        type: 'heuristic',
        run: (job: Job) => {
          job.answeredBy = 'heuristic';
          return keywordRules(job.ticket);
        },
      },
    ],
  });

  return async (ticket) => {
    const job: Job = { ticket, answeredBy: 'primary' };
    const summary = await summarize(job);
    // Only what a model said is worth keeping: neither an old answer nor a guess may look fresh later.
    if (job.answeredBy === 'primary' || job.answeredBy === 'fallback') {
      lastAnswers.set(ticket.id, { summary, storedAt: Date.now() });
    }
    return { ...summary, answered_by: job.answeredBy };
  };
}
