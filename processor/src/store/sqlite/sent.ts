/** The tables of what destinations of metrics were sent, on an open database. Knows nothing of what the records mean. */
import type { DatabaseSync } from 'node:sqlite';
import type { SentRecord } from '../../types/sent.ts';
import { checksum } from '../records.ts';
import type { SetAside } from './statements.ts';
import { transact } from './transaction.ts';

/** As `SentStore`, at once. Each throws what SQLite throws, and then changed nothing. */
export interface SentStatements {
  /** The records of series after this one; undefined where the destination was not begun with this address, and then nothing of it is kept. */
  load(destination: string, address: string, after: string): SentPage | undefined;
  put(destination: string, records: readonly SentRecord[], remove: readonly string[]): void;
  begin(destination: string, address: string): void;
  forget(destination: string): void;
}

export interface SentPage {
  readonly records: readonly SentRecord[];
  readonly next: string | undefined;
}

/** Records of one message. */
const PAGE = 1000;

export function createSentStatements(db: DatabaseSync, setAside: SetAside): SentStatements {
  const addressOf = db.prepare('SELECT address, crc FROM destinations WHERE name = ?');
  const page = db.prepare(
    'SELECT series, body, crc FROM sent WHERE destination = ? AND series > ? ORDER BY series LIMIT ?',
  );
  const put = db.prepare('INSERT OR REPLACE INTO sent (destination, series, body, crc) VALUES (?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM sent WHERE destination = ? AND series = ?');
  const begin = db.prepare('INSERT OR REPLACE INTO destinations (name, address, crc) VALUES (?, ?, ?)');
  const end = db.prepare('DELETE FROM destinations WHERE name = ?');
  const removeAll = db.prepare('DELETE FROM sent WHERE destination = ?');

  const forget = (destination: string): void =>
    transact(db, () => {
      end.run(destination);
      removeAll.run(destination);
    });

  const isBegun = (destination: string, address: string): boolean => {
    const found = addressOf.get(destination);
    if (!found) return false;
    const kept = String(found.address);
    if (found.crc === checksum(destination, kept)) return kept === address;
    setAside('destinations', [['name', destination]], destination, kept);
    return false;
  };

  return {
    forget,
    load(destination, address, after) {
      if (!isBegun(destination, address)) {
        forget(destination);
        return undefined;
      }
      const found = page.all(destination, after, PAGE);
      const records: SentRecord[] = [];
      for (const row of found) {
        const [series, body] = [String(row.series), String(row.body)];
        if (row.crc === checksum(series, body))
          records.push({ series, ...(JSON.parse(body) as Omit<SentRecord, 'series'>) });
        else
          setAside(
            'sent',
            [
              ['destination', destination],
              ['series', series],
            ],
            series,
            body,
          );
      }
      return { records, next: found.length < PAGE ? undefined : String(found.at(-1)?.series) };
    },
    put(destination, records, gone) {
      transact(db, () => {
        for (const series of gone) remove.run(destination, series);
        for (const { series, ...rest } of records) {
          const body = JSON.stringify(rest);
          put.run(destination, series, body, checksum(series, body));
        }
      });
    },
    begin(destination, address) {
      begin.run(destination, address, checksum(destination, address));
    },
  };
}
