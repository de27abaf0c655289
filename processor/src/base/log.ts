/** Structured logs: one JSON object a line, never a prompt, an answer or a token. */
import { type DestinationStream, type Logger, pino } from 'pino';

/** What the parts of the service log with. */
export type Log = Logger;

/** Times are ISO 8601 in UTC, levels are words. `level` is one of pino's; `silent` turns logging off. */
export function createLog(destination: DestinationStream, level: string): Log {
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
