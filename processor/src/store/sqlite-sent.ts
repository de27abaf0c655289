/** The tables of what destinations of metrics were sent, on an open database. What they mean is not known here. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { SentRecord } from '../types/sent.ts';
import { transact } from './transaction.ts';

/** As `SentStore`, at once. Each throws what SQLite throws, and then changed nothing. */
export interface SentTables {
  load(destination: string, address: string, take: (part: readonly SentRecord[]) => void): boolean;
  put(destination: string, records: readonly SentRecord[], remove: readonly string[]): void;
  begin(destination: string, address: string): void;
  forget(destination: string): void;
}

/** Records in one message. */
const PART = 1000;

export function createSentTables(db: DatabaseSync): SentTables {
  const addressOf = db.prepare('SELECT address FROM destinations WHERE name = ?');
  const all = db.prepare('SELECT * FROM sent WHERE destination = ?');
  const put = db.prepare('INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM sent WHERE destination = ? AND series = ?');
  const begin = db.prepare('INSERT OR REPLACE INTO destinations VALUES (?, ?)');
  const end = db.prepare('DELETE FROM destinations WHERE name = ?');
  const removeAll = db.prepare('DELETE FROM sent WHERE destination = ?');

  const forget = (destination: string): void =>
    transact(db, () => {
      end.run(destination);
      removeAll.run(destination);
    });

  return {
    forget,
    load(destination, address, take) {
      if (addressOf.get(destination)?.address !== address) {
        forget(destination);
        return false;
      }
      let part: SentRecord[] = [];
      for (const row of all.iterate(destination)) {
        if (part.push(toSent(row)) < PART) continue;
        take(part);
        part = [];
      }
      take(part);
      return true;
    },
    put(destination, records, gone) {
      transact(db, () => {
        for (const series of gone) remove.run(destination, series);
        for (const { series, value, sum, counts, startTime, at } of records) {
          put.run(destination, series, value, sum, JSON.stringify(counts), startTime, at);
        }
      });
    },
    begin(destination, address) {
      begin.run(destination, address);
    },
  };
}

function toSent(row: Readonly<Record<string, SQLOutputValue>>): SentRecord {
  return {
    series: String(row.series),
    value: Number(row.value),
    sum: Number(row.sum),
    counts: JSON.parse(String(row.counts)) as number[],
    startTime: Number(row.start_time),
    at: Number(row.at),
  };
}
