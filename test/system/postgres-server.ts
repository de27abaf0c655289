/** Debian's PostgreSQL and pgbouncer, each in a directory and on a port of its own. PostgreSQL refuses root: then it runs as the user `postgres`. */
import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Child, freePort, startChild } from './child.ts';
import { eventually } from './eventually.ts';

const run = promisify(execFile);
const INSTALLED = '/usr/lib/postgresql';

export interface Postgres {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  /** Of the program that listens. */
  pid(): number;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** `immediate` is a crash: it recovers at the next start. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** To it and to all of its sessions. */
  signalTree(signal: NodeJS.Signals): Promise<void>;
  /** Of two stopped clusters: takes over the other one's data. */
  restoreFrom(other: Postgres): Promise<void>;
  sql(text: string): Promise<string>;
  /** Ends it and removes its directory. */
  remove(): Promise<void>;
}

const isRoot = process.getuid?.() === 0;

async function programs(): Promise<string> {
  const [newest] = (await readdir(INSTALLED)).sort((a, b) => Number(b) - Number(a));
  return join(INSTALLED, newest ?? '', 'bin');
}

/** The ids of the user `postgres`, where this process may become it. */
async function owner(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (!isRoot) return undefined;
  const idOf = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

/** A new cluster that runs; `settings` are lines of postgresql.conf. `from` is the directory of a stopped one that is copied. */
export async function startPostgres(settings: readonly string[] = [], from?: string): Promise<Postgres> {
  const bin = await programs();
  const user = await owner();
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-postgres-'));
  await chmod(directory, 0o700);
  if (user) await chown(directory, user.uid, user.gid);
  const port = await freePort();
  const data = join(directory, 'data');
  const asUser = { ...user, cwd: '/' };
  if (from === undefined) {
    const parameters = ['-D', data, '-U', 'warmspare', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'];
    await run(join(bin, 'initdb'), parameters, asUser);
  } else await run('cp', ['-a', join(from, 'data'), data], asUser);
  const lines = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    `unix_socket_directories = '${directory}'`,
    ...settings,
  ];
  await writeFile(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
  if (user) await chown(join(data, 'postgresql.auto.conf'), user.uid, user.gid);
  let child: Child | undefined;

  const sql = async (text: string): Promise<string> => {
    const parameters = ['-h', '127.0.0.1', '-p', String(port), '-U', 'warmspare', '-d', 'postgres', '-qAt', '-c', text];
    return (await run(join(bin, 'psql'), parameters)).stdout.trim();
  };
  const start = async (): Promise<void> => {
    child = startChild(join(bin, 'postgres'), ['-D', data], '/', {}, user);
    const own = child;
    await eventually('PostgreSQL answers', async () => {
      if (own.exitCode() !== undefined) throw new Error(own.output());
      return (await sql('SELECT 1')) === '1' || undefined;
    });
  };
  const stop = async (mode: 'fast' | 'immediate'): Promise<void> => {
    if (child && child.exitCode() === undefined) process.kill(child.pid, 'SIGCONT');
    await child?.end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  };
  await start();
  return {
    url: `postgres://warmspare@127.0.0.1:${port}/postgres`,
    port,
    directory,
    pid: () => child?.pid ?? -1,
    start,
    stop,
    signal: (signal) => {
      if (child) process.kill(child.pid, signal);
    },
    async signalTree(signal) {
      const parent = String(child?.pid);
      const sessions = (await run('pgrep', ['-P', parent])).stdout.trim().split('\n');
      for (const pid of [parent, ...sessions]) process.kill(Number(pid), signal);
    },
    async restoreFrom(other) {
      const settings = await readFile(join(data, 'postgresql.auto.conf'));
      await rm(data, { recursive: true });
      await run('cp', ['-a', join(other.directory, 'data'), data], asUser);
      await writeFile(join(data, 'postgresql.auto.conf'), settings);
    },
    sql,
    async remove() {
      await stop('immediate');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface Pooler {
  readonly url: string;
  remove(): Promise<void>;
}

/** pgbouncer in transaction mode before a cluster, with fewer connections than its clients want. */
export async function startPooler(postgres: Postgres): Promise<Pooler> {
  const user = await owner();
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-pgbouncer-'));
  const port = await freePort();
  const file = join(directory, 'pgbouncer.ini');
  await writeFile(join(directory, 'users.txt'), '"warmspare" ""\n');
  await writeFile(
    file,
    `[databases]
postgres = host=127.0.0.1 port=${postgres.port} user=warmspare
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file = ${join(directory, 'users.txt')}
pool_mode = transaction
default_pool_size = 3
server_reset_query =
`,
  );
  await chmod(directory, 0o755);
  const child = startChild('/usr/sbin/pgbouncer', [file], '/', {}, user);
  const bin = await programs();
  const url = `postgres://warmspare@127.0.0.1:${port}/postgres`;
  await eventually('pgbouncer answers', async () => {
    if (child.exitCode() !== undefined) throw new Error(child.output());
    return (await run(join(bin, 'psql'), [url, '-qAtc', 'SELECT 1'])).stdout.trim() === '1' || undefined;
  });
  return {
    url,
    async remove() {
      await child.end('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
