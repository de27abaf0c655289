/** A ticket in, a rough summary out, by words alone: the last rung, which needs no network. */
import type { Summary, Ticket } from './ticket.ts';

const URGENT = /\b(down|outage|urgent|immediately|data loss|security)\b/i;
const MONEY = /\b(invoice|refund|charged|payment|billing)\b/i;

export function keywordRules(ticket: Ticket): Summary {
  return {
    title: ticket.text.split(/\s+/).slice(0, 10).join(' '),
    urgency: URGENT.test(ticket.text) ? 'high' : 'medium',
    next_step: MONEY.test(ticket.text) ? 'Hand over to billing' : 'Read the ticket and triage it by hand',
  };
}
