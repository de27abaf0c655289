/** Sends tickets to the app a few at a time and counts which rung answered them. Every ticket must be answered. */
import type { DeskTicket } from './tickets.ts';

export interface Answers {
  readonly byRung: ReadonlyMap<string, number>;
  /** How many rungs were tried for all of them. */
  readonly attempts: number;
}

const AT_ONCE = 8;
const RUNGS = ['primary', 'fallback', 'cache', 'heuristic'];

export async function sendTickets(app: string, tickets: readonly DeskTicket[]): Promise<Answers> {
  const byRung = new Map<string, number>();
  const waiting = [...tickets];
  let attempts = 0;
  const work = async (): Promise<void> => {
    for (let ticket = waiting.shift(); ticket !== undefined; ticket = waiting.shift()) {
      const rung = await answeredBy(app, ticket);
      byRung.set(rung, (byRung.get(rung) ?? 0) + 1);
      attempts += RUNGS.indexOf(rung) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { byRung, attempts };
}

async function answeredBy(app: string, ticket: DeskTicket): Promise<string> {
  const response = await fetch(`${app}/summaries`, { method: 'POST', body: JSON.stringify(ticket) });
  const body = (await response.json()) as { readonly answered_by?: string; readonly error?: string };
  if (body.answered_by === undefined) throw new Error(`ticket ${ticket.id} was not answered: ${body.error}`);
  return body.answered_by;
}
