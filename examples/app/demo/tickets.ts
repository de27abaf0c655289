/** The support desk's day: tickets as customers write them, and what a model makes of them. */
export interface DeskTicket {
  readonly id: string;
  readonly text: string;
}

const TEXTS = [
  'Since this morning every export ends with error 500, our month end is blocked. This is urgent!',
  'I was charged twice for the March invoice. Please refund one of the payments.',
  'How do I add a second administrator to our workspace?',
  'The dashboard is down for our whole team in Lisbon, other regions seem fine.',
  'Could you send the signed data processing agreement to our legal team?',
  'After the update the search ignores umlauts, so we find no customer called Müller.',
] as const;

/** `count` tickets, numbered from `first`. */
export function tickets(first: number, count: number): readonly DeskTicket[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `T-${first + index}`,
    text: TEXTS[(first + index) % TEXTS.length] ?? '',
  }));
}

/** What a model that keeps to the schema answers. */
export const GOOD_ANSWER = {
  title: 'Exports fail with error 500 since this morning',
  urgency: 'high',
  next_step: 'Check the export service and tell the customer when it works again',
} as const;

/** The same model after its vendor changed it: one field renamed, one value spelt differently. */
export const DRIFTED_ANSWER = {
  title: 'Exports fail with error 500 since this morning',
  priority: 'P1',
  next_step: 'Check the export service',
} as const;
