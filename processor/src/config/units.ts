/** Configuration values with their unit in the text go in (`15s`, `20MiB`, `0.05 USD`, `host:port`), numbers come out. Never assumes a unit. */
import { AddressError, checkDatabaseUrl } from '../store/postgres/address.ts';
import type { Money } from '../types/policy.ts';

/** What a value could not be read as, and what to write instead. */
export class UnitError extends Error {
  readonly remedy: string;
  /** The value holds a password: no message repeats it. */
  readonly isSecret: boolean;
  constructor(message: string, remedy: string, isSecret = false) {
    super(message);
    this.remedy = remedy;
    this.isSecret = isSecret;
  }
}

/** Where a server listens. `host` is without brackets, also for IPv6. */
export interface Endpoint {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Seconds of `500ms`, `15s`, `1h30m`, `7d`, `2w`; more than zero. */
export function parseDuration(text: string): number {
  const remedy = 'write a number and a unit of ms, s, m, h, d or w, for example 15s, 24h or 7d';
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(text)) {
    throw new UnitError(isNumber(text) ? 'is a duration without a unit' : 'is not a duration', remedy);
  }
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    milliseconds += Number(amount) * (SECONDS[unit ?? ''] ?? Number.NaN) * 1000;
  }
  if (!(milliseconds >= 1)) throw new UnitError('is no time at all', 'write a duration of at least 1ms');
  return milliseconds / 1000;
}

/** Whole bytes of `512KiB`, `20MiB`, `1GB`; more than zero. */
export function parseSize(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s?(B|[kKMG]B|[KMG]iB)$/.exec(text);
  if (found === null) {
    throw new UnitError(
      isNumber(text) ? 'is a size without a unit' : 'is not a size',
      'write a number and a unit of B, KiB, MiB, GiB, kB, MB or GB, for example 20MiB',
    );
  }
  const bytes = Math.floor(Number(found[1]) * (BYTES[found[2] ?? ''] ?? Number.NaN));
  if (!(bytes >= 1)) throw new UnitError('is nothing at all', 'write a size of at least 1B');
  return bytes;
}

/** `0.05 USD`: an amount, a space and an ISO 4217 code; more than zero. */
export function parseMoney(text: string): Money {
  const found = /^(\d+(?:\.\d+)?)\s+([A-Z]{3})$/.exec(text);
  const currency = found?.[2] ?? '';
  if (found === null) {
    throw new UnitError(
      isNumber(text) ? 'is an amount without a currency' : 'is not an amount of money',
      'write an amount and an ISO 4217 currency code, for example 0.05 USD',
    );
  }
  if (!CURRENCIES.has(currency)) {
    throw new UnitError(`has an unknown currency, ${currency}`, 'write an ISO 4217 code such as USD, EUR or JPY');
  }
  const amount = Number(found[1]);
  if (!(amount > 0))
    throw new UnitError('is nothing at all', 'write an amount of more than zero, or leave the key out');
  return { amount, currency };
}

/** `host:port`, `[::1]:port`; port 0 lets the system choose one. */
export function parseEndpoint(text: string): Endpoint {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  if (host === undefined || !(port <= 65_535)) {
    throw new UnitError(
      'is not an address to listen on',
      'write host:port without a scheme, for example 127.0.0.1:4318, or [::1]:4318 for IPv6',
    );
  }
  return { host, port };
}

/** The endpoint as it is written in configuration. */
export const formatEndpoint = ({ host, port }: Endpoint): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** An absolute http(s) URL without credentials. */
export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UnitError('is not an http or https URL', 'write the whole address, for example http://collector:4318');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UnitError(
      'carries credentials in the URL',
      'put them into headers.authorization, from an environment variable',
    );
  }
  return text;
}

/** A URL of a PostgreSQL database; it may carry a password. */
export function parseDatabaseUrl(text: string): string {
  try {
    return checkDatabaseUrl(text);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new UnitError(error.message, error.remedy, true);
  }
}

/** The name of a schema of PostgreSQL. */
export function parseSchemaName(text: string): string {
  if (/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/.test(text)) return text;
  throw new UnitError('is not the name of a schema', 'write lower case letters, digits and _, not beginning with pg_');
}

const isNumber = (text: string): boolean => /^\d+(\.\d+)?$/.test(text);
