/** The URL of a PostgreSQL database in, what the client `pg` connects with out. `sslmode` means what libpq means by it. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';

/** What to connect with; `tls` lists the ways to try, in order: `undefined` is a connection in plain text. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly options: string | undefined;
  readonly tls: readonly (ConnectionOptions | undefined)[];
}

/** Why a URL cannot be used, and what to write instead. It repeats nothing of the URL. */
export class AddressError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

const EXAMPLE = 'write postgres://user:password@host:5432/database?sslmode=verify-full';
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type Mode = (typeof MODES)[number];

/** libpq's parameters that have a meaning here. `channel_binding`, `gssencmode`, `connect_timeout` and `application_name` change nothing. */
const PARAMETERS: ReadonlySet<string> = new Set([
  ...['host', 'port', 'user', 'password', 'dbname', 'options', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'],
  ...['channel_binding', 'gssencmode', 'connect_timeout', 'application_name'],
]);

/**
 * Reads `postgres://` or `postgresql://`, with libpq's parameters. Reads no file.
 * @throws AddressError
 */
export function checkDatabaseUrl(text: string): string {
  partsOf(text);
  return text;
}

/**
 * As {@link checkDatabaseUrl}, and reads the certificates that the URL names.
 * @throws AddressError also where one of them cannot be read.
 */
export function readDatabaseUrl(text: string): DatabaseAddress {
  const { mode, parameters, ...address } = partsOf(text);
  return { ...address, tls: tlsOf(mode, address.host, parameters) };
}

interface Parts extends Omit<DatabaseAddress, 'tls'> {
  readonly mode: Mode;
  readonly parameters: URLSearchParams;
}

function partsOf(text: string): Parts {
  if (!/^postgres(ql)?:\/\//.test(text)) throw new AddressError('is not the URL of a PostgreSQL database', EXAMPLE);
  // libpq takes a user without a host, which a URL must not have.
  const withHost = text.replace(/^([a-z]+:\/\/[^/?#]*@)(?=[/?#]|$)/, '$1localhost');
  if (!URL.canParse(withHost)) {
    throw new AddressError('cannot be read as a URL', `${EXAMPLE}, one host, special characters as %XX`);
  }
  const url = new URL(withHost);
  const parameters = url.searchParams;
  for (const name of parameters.keys()) {
    if (!PARAMETERS.has(name)) {
      throw new AddressError('has a parameter with no meaning here', `use only ${[...PARAMETERS].join(', ')}`);
    }
  }
  const mode = parameters.get('sslmode') ?? 'prefer';
  if (!isMode(mode)) throw new AddressError('has an unknown sslmode', `write one of ${MODES.join(', ')}`);
  const port = Number(parameters.get('port') ?? (url.port || '5432'));
  if (!(port > 0 && port <= 65_535)) throw new AddressError('has no usable port', EXAMPLE);
  const host = parameters.get('host') ?? decoded(url.hostname).replace(/^\[(.*)\]$/, '$1');
  if (host.includes(',')) {
    throw new AddressError('names several hosts', 'name one, such as a load balancer that follows the primary');
  }
  return {
    host: host === '' ? 'localhost' : host,
    port,
    user: parameters.get('user') ?? (decoded(url.username) || undefined),
    password: parameters.get('password') ?? (decoded(url.password) || undefined),
    database: parameters.get('dbname') ?? (decoded(url.pathname.slice(1)) || undefined),
    options: parameters.get('options') ?? undefined,
    mode,
    parameters,
  };
}

function tlsOf(mode: Mode, host: string, parameters: URLSearchParams): DatabaseAddress['tls'] {
  // A socket of this machine.
  if (mode === 'disable' || host.startsWith('/')) return [undefined];
  const root = rootOf(parameters);
  const own = {
    ...fileOf(parameters, 'sslcert', 'cert'),
    ...fileOf(parameters, 'sslkey', 'key'),
  };
  const encrypted: ConnectionOptions = { ...own, rejectUnauthorized: false };
  const byAuthority: ConnectionOptions = {
    ...own,
    ...root,
    rejectUnauthorized: true,
    checkServerIdentity: () => undefined,
  };
  switch (mode) {
    case 'allow':
      return [undefined, encrypted];
    case 'prefer':
      return [encrypted, undefined];
    case 'require':
      // With an authority at hand, libpq checks against it.
      return [root ? byAuthority : encrypted];
    case 'verify-ca':
      return [byAuthority];
    case 'verify-full':
      return [{ ...byAuthority, checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) }];
  }
}

/** libpq's default is a file in the home directory; without it, the authorities that Node.js trusts. */
function rootOf(parameters: URLSearchParams): { readonly ca?: Buffer } | undefined {
  const named = parameters.get('sslrootcert');
  if (named === 'system') return {};
  const usual = join(homedir(), '.postgresql', 'root.crt');
  if (named === null) return existsSync(usual) ? { ca: readFileSync(usual) } : undefined;
  return { ca: readNamed(named, 'sslrootcert') };
}

function fileOf(parameters: URLSearchParams, name: 'sslcert' | 'sslkey', as: 'cert' | 'key'): ConnectionOptions {
  const path = parameters.get(name);
  return path === null ? {} : { [as]: readNamed(path, name) };
}

function readNamed(path: string, parameter: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new AddressError(`names a file in ${parameter} that cannot be read${code}`, 'correct its path');
  }
}

const isMode = (text: string): text is Mode => (MODES as readonly string[]).includes(text);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AddressError('cannot be read as a URL', 'write special characters as %XX');
  }
}
