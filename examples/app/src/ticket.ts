/** What a customer wrote, and what a support agent wants to read of it. */
import { z } from 'zod';

export const Ticket = z.object({ id: z.string(), text: z.string() });
export type Ticket = z.infer<typeof Ticket>;

/** The contract of the chain: every rung must give exactly this. */
export const Summary = z.object({
  title: z.string().describe('What the customer wants, in at most ten words'),
  urgency: z.enum(['low', 'medium', 'high']),
  next_step: z.string().describe('What the agent should do first'),
});
export type Summary = z.infer<typeof Summary>;
