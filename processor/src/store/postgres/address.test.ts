import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AddressError, checkDatabaseUrl, readDatabaseUrl } from './address.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-address-'));
const authority = join(directory, 'ca.pem');
writeFileSync(authority, 'an authority');
afterAll(() => rmSync(directory, { recursive: true }));

const waysOf = (url: string) =>
  readDatabaseUrl(url).tls.map((way) =>
    way === undefined ? 'plain' : `${way.rejectUnauthorized ? 'checked' : 'encrypted'}${way.ca ? ' by ca' : ''}`,
  );

describe('the URL of a database', () => {
  it.each([
    [
      'postgres://u:p%40ss@db:6543/evidence',
      { host: 'db', port: 6543, user: 'u', password: 'p@ss', database: 'evidence' },
    ],
    ['postgresql://db/evidence', { host: 'db', port: 5432, user: undefined, password: undefined }],
    [
      'postgres://u@/evidence?host=/var/run/postgresql',
      { host: '/var/run/postgresql', user: 'u', database: 'evidence' },
    ],
    ['postgres://[::1]:5433/x', { host: '::1', port: 5433 }],
    ['postgres:///x', { host: 'localhost', database: 'x' }],
  ])('reads %s as libpq does', (url, address) => {
    expect(readDatabaseUrl(url)).toMatchObject(address);
  });

  it.each([
    ['disable', ['plain']],
    ['allow', ['plain', 'encrypted']],
    ['prefer', ['encrypted', 'plain']],
    ['require', ['encrypted']],
    ['require&sslrootcert=CA', ['checked by ca']],
    ['verify-ca&sslrootcert=CA', ['checked by ca']],
    ['verify-full&sslrootcert=CA', ['checked by ca']],
    ['verify-full&sslrootcert=system', ['checked']],
  ])('takes sslmode=%s as libpq means it', (mode, ways) => {
    expect(waysOf(`postgres://db/x?sslmode=${mode.replace('CA', authority)}`)).toEqual(ways);
  });

  it('prefers TLS where it names no sslmode, and needs none on a socket', () => {
    expect(waysOf('postgres://db/x')).toEqual(['encrypted', 'plain']);
    expect(waysOf('postgres:///x?host=/tmp&sslmode=require')).toEqual(['plain']);
  });

  it('holds the name of the host against the certificate only for verify-full', () => {
    const identity = (mode: string): Error | undefined => {
      const [way] = readDatabaseUrl(`postgres://db.example/x?sslmode=${mode}&sslrootcert=${authority}`).tls;
      const certificate = { subject: { CN: 'other.example' }, subjectaltname: 'DNS:other.example' };
      return way?.checkServerIdentity?.('any', certificate as never);
    };
    expect(identity('verify-ca')).toBeUndefined();
    expect(identity('verify-full')).toBeInstanceOf(Error);
  });

  it.each([
    'mysql://u:hunter2@db/x',
    'postgres://u:hunter2@db:99999999/x',
    'postgres://u:hunter2@a,b/x',
    'postgres://u:hunter2@db/x?sslmode=maybe',
    'postgres://u:hunter2@db/x?nonsense=1',
    'postgres://u:hunter2%@db/x',
  ])('is refused without being repeated: %s', (url) => {
    expect(() => checkDatabaseUrl(url)).toThrow(AddressError);
    expect(() => checkDatabaseUrl(url)).not.toThrow(/hunter2|nonsense|maybe/);
  });
});
