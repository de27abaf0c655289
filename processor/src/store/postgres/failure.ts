/** Errors of the client and of the database in, sentences out that say what is wrong. They repeat neither the URL nor a name or password in it. */
import { AddressError } from './address.ts';

/** The parts of an error of `pg`, of a socket or of TLS that tell what happened. */
interface CodedError extends Error {
  readonly code?: unknown;
  readonly severity?: unknown;
}

/** Of SQLSTATEs and of system errors. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SENTENCES: Readonly<Record<string, string>> = {
  '25006': 'the database is read-only',
  '28000': 'the database refuses the login',
  '28P01': 'the database refuses the password',
  '3D000': 'the database does not exist',
  '42501': 'the user of the database lacks a privilege',
  '3F000': 'the schema is not there',
  '42P01': 'a table is not there',
  '53100': "the database's disk is full",
  '53200': 'the database is out of memory',
  '53300': 'the database takes no more connections',
  '55P03': 'a row is locked by another session',
  '57014': 'the database took too long',
  '57P01': 'the database shuts down',
  '57P02': 'the database crashed',
  '57P03': 'the database is starting up or shutting down',
  '40001': 'two commits met',
  '40P01': 'two commits waited for each other',
  ECONNREFUSED: 'nothing answers at the address of the database',
  ECONNRESET: 'the connection to the database was cut',
  EPIPE: 'the connection to the database was cut',
  ENOTFOUND: "the database's host is unknown",
  EAI_AGAIN: "the database's host cannot be looked up",
  ETIMEDOUT: 'the database does not answer',
  EHOSTUNREACH: 'the database cannot be reached',
  ENETUNREACH: 'the database cannot be reached',
  ENOENT: 'the socket of the database is not there',
  DEPTH_ZERO_SELF_SIGNED_CERT: "the database's certificate is not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "the database's certificate is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the database's certificate is not trusted",
  CERT_HAS_EXPIRED: "the database's certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "the database's certificate is for another host",
};

/** What no later try makes better: somebody has to change something. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  ...['28000', '28P01', '3D000', '42501', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'],
]);

/** Conflicts of two transactions: the same again works. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01']);

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String((error as CodedError).code) : '';

/** One sentence without a full stop. */
export function failureText(error: unknown): string {
  if (error instanceof AddressError) return `store.postgres.url ${error.message}`;
  const code = codeOf(error);
  const sentence = SENTENCES[code];
  if (sentence !== undefined) return `${sentence} (${code})`;
  if (isOfServer(error)) return `the database reports an error (SQLSTATE ${code})`;
  const text = error instanceof Error ? error.message : '';
  if (/timeout exceeded|timed out|took too long/i.test(text)) return 'the database does not answer in time';
  if (/does not support SSL/.test(text)) return 'the database does not take TLS';
  if (/terminated|Connection ended|not queryable/i.test(text)) return 'the connection to the database was cut';
  return code === '' ? 'the database cannot be used' : `the database cannot be used (${code})`;
}

/** Whether somebody has to change something before it works. */
export function isForGood(error: unknown): boolean {
  return error instanceof AddressError || FOR_GOOD.has(codeOf(error));
}

/** Whether the same transaction may work at once. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(codeOf(error));
}

/** Whether the connection is gone, so that nobody knows how far the transaction came. */
export function isLostConnection(error: unknown): boolean {
  return !isOfServer(error) || codeOf(error).startsWith('57P') || codeOf(error).startsWith('08');
}

/** Whether the server answered with an error, rather than the client, the socket or TLS. */
function isOfServer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && /^[0-9A-Z]{5}$/.test(codeOf(error));
}
