/** Connections to one database: short transactions on a small pool, each within a time, that leave no state in their session. */
import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import type { DatabaseAddress } from './address.ts';
import { isLostConnection } from './failure.ts';

/** Runs one statement of a transaction. Rows have the columns that the statement names. */
export type Query = <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Answer<Row>>;

export interface Answer<Row> {
  readonly rows: readonly Row[];
  /** Rows that the statement changed or gave. */
  readonly count: number;
}

export interface Database {
  /**
   * Begins, does the work and commits, within so many milliseconds. Rolls back where the work rejects. `uncertain` is told where the
   * connection was lost while it committed: nobody knows then whether it did.
   */
  transaction<T>(milliseconds: number, work: (query: Query) => Promise<T>, uncertain?: () => void): Promise<T>;
  close(): Promise<void>;
}

/** How long to wait for a connection, in ms: well below what a sender waits. */
const CONNECT_TIMEOUT = 2000;

/** `connections`: at most so many at once. */
export function openDatabase(address: DatabaseAddress, connections: number): Database {
  const { host, port, user, password, database, options, tls } = address;
  const poolOf = (ssl: DatabaseAddress['tls'][number]): Pool => {
    const pool = new Pool({
      host,
      port,
      user,
      password,
      database,
      options,
      ssl: ssl ?? false,
      max: connections,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      allowExitOnIdle: true,
      application_name: 'warmspare',
    });
    // Of connections that nobody uses: the next use opens another one.
    pool.on('error', () => undefined);
    return pool;
  };
  let way = 0;
  let pool = poolOf(tls[way]);

  const connect = async (): Promise<PoolClient> => {
    const tried = pool;
    try {
      return await tried.connect();
    } catch (error) {
      if (tls.length < 2 || !isOfTheOtherWay(error)) throw error;
      if (pool === tried) {
        way = (way + 1) % tls.length;
        pool = poolOf(tls[way]);
        void tried.end().catch(() => undefined);
      }
      return pool.connect();
    }
  };

  return {
    async transaction(milliseconds, work, uncertain) {
      const client = await connect();
      const ignore = (): void => undefined;
      client.on('error', ignore);
      let broken: Error | undefined;
      // A connection that does not answer is closed: what waits for it rejects.
      const timer = setTimeout(() => {
        broken = new Error('the database took too long');
        release(broken);
      }, milliseconds);
      let released = false;
      const release = (error?: Error): void => {
        if (released) return;
        released = true;
        client.off('error', ignore);
        if (error) client.on('error', ignore);
        client.release(error);
      };
      let isEnding = false;
      try {
        await client.query(begin(milliseconds));
        const result = await work(async (text, values) => {
          const { rows, rowCount } = await client.query(text, values && [...values]);
          return { rows, count: rowCount ?? 0 };
        });
        isEnding = true;
        await client.query('COMMIT');
        return result;
      } catch (error) {
        if (isEnding && isLostConnection(error)) uncertain?.();
        // Where even that fails, the connection is of no more use.
        if (!broken) await client.query('ROLLBACK').catch((failed: Error) => release(failed));
        throw broken ?? error;
      } finally {
        clearTimeout(timer);
        release();
      }
    },
    close: () => pool.end(),
  };
}

/**
 * `SET LOCAL` ends with the transaction, as a pooler in transaction mode needs it. The statement ends before the client gives up, so that
 * it is told why.
 */
const begin = (milliseconds: number): string => {
  const statement = Math.max(100, Math.floor(milliseconds * 0.8));
  return (
    `BEGIN; SET LOCAL statement_timeout = ${statement}; SET LOCAL lock_timeout = ${statement};` +
    ` SET LOCAL idle_in_transaction_session_timeout = ${milliseconds + 1000}`
  );
};

/** `prefer` goes on without TLS where the server takes none, `allow` with it where the server insists. */
function isOfTheOtherWay(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return /does not support SSL|no encryption|SSL off/.test(error.message) || /^(ERR_SSL|ERR_TLS|EPROTO)/.test(code);
}
