/** What destinations of metrics were sent: one row a series. */
import type { SentRecord, SentStore } from '../../types/sent.ts';
import type { Query } from './connection.ts';
import { beginDestination, forgetDestination, forgetSent, isBegun, putSent, removeSent, sentPage } from './sql/sent.ts';

const PAGE = 1000;

/** `run`: does the work in one transaction. */
export function createSent(schema: string, run: <T>(work: (query: Query) => Promise<T>) => Promise<T>): SentStore {
  const forgetAll = async (query: Query, destination: string): Promise<void> => {
    await query(forgetSent(schema), [destination]);
    await query(forgetDestination(schema), [destination]);
  };

  return {
    async load(destination, address, take) {
      let after = '';
      const page = (query: Query) =>
        query<{ series: string; body: string }>(sentPage(schema), [destination, after, PAGE]);
      const isKnown = await run(async (query) => {
        const known = (await query(isBegun(schema), [destination, address])).count > 0;
        if (!known) await forgetAll(query, destination);
        return known;
      });
      for (let goesOn = isKnown; goesOn; ) {
        const { rows } = await run(page);
        if (rows.length > 0) take(rows.map(({ body }) => JSON.parse(body) as SentRecord));
        after = rows.at(-1)?.series ?? after;
        goesOn = rows.length === PAGE;
      }
      return isKnown;
    },
    async put(destination, records, remove) {
      const newest = [...new Map(records.map((record) => [record.series, record])).values()];
      await run(async (query) => {
        if (remove.length > 0) await query(removeSent(schema), [destination, [...remove].sort()]);
        if (newest.length === 0) return;
        const names = newest.map(({ series }) => series);
        await query(putSent(schema), [destination, names, newest.map((record) => JSON.stringify(record))]);
      });
    },
    async begin(destination, address) {
      await run((query) => query(beginDestination(schema), [destination, address]));
    },
    async forget(destination) {
      await run((query) => forgetAll(query, destination));
    },
  };
}
