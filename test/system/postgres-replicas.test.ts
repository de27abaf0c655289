/** Replicas of the service on one PostgreSQL: they agree, lose nothing and count nothing twice, whatever happens to them and to the database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { otlpBody, sendBody } from './otlp-body.ts';
import { type Pooler, type Postgres, startPooler, startPostgres } from './postgres-server.ts';
import { placeService, type Service, type ServicePlace, startService } from './service.ts';

/** How often replicas are killed, about a minute; `WARMSPARE_KILL_ROUNDS=100` for a longer run. */
const ROUNDS = Number(process.env.WARMSPARE_KILL_ROUNDS ?? 60);
const SPANS_PER_BODY = 5;
const SEED = Date.now() % 2 ** 31;

let postgres: Postgres;
let pooler: Pooler;
const directories: string[] = [];
const services = new Set<Service>();
let nextId = 1;

beforeAll(async () => {
  postgres = await startPostgres(['max_connections = 40']);
  pooler = await startPooler(postgres);
});

afterAll(async () => {
  for (const service of services) await service.kill();
  await pooler?.remove();
  await postgres?.remove();
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

async function place(url: string, schema: string, more = ''): Promise<ServicePlace> {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-replica-'));
  directories.push(directory);
  return placeService(directory, more, `{ postgres: { url: '${url}', schema: ${schema} } }`);
}

async function start(where: ServicePlace): Promise<Service> {
  const service = await startService(where);
  services.add(service);
  return service;
}

async function kill(service: Service): Promise<void> {
  services.delete(service);
  await service.kill();
}

async function replicas(count: number, schema: string, url = postgres.url, more = ''): Promise<Service[]> {
  const places = await Promise.all(Array.from({ length: count }, () => place(url, schema, more)));
  return Promise.all(places.map(start));
}

/** A body of spans that nobody has sent before. */
function body(chain = 'summarize-ticket', rank: 0 | 1 = 1, spans = SPANS_PER_BODY): Uint8Array<ArrayBuffer> {
  const endTime = Date.now() - 1000;
  return otlpBody(
    'support-api',
    Array.from({ length: spans }, () => ({ id: nextId++, chain, rank, outcome: 'success' as const, endTime })),
  );
}

/** Lines of `/metrics` about targets, without what time alone moves. */
async function metricsOf({ admin }: ServicePlace): Promise<string[]> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('llm_fallback_') && !line.includes('time_since'))
    .sort();
}

async function countOf(where: ServicePlace, chain = 'summarize-ticket'): Promise<number> {
  const lines = (await metricsOf(where)).filter(
    (line) =>
      line.startsWith('llm_fallback_calls_total{') && line.includes(`="${chain}"`) && line.includes('="claude-haiku"'),
  );
  return lines.reduce(
    (sum, line) =>
      sum +
      Number(
        line
          .slice(line.lastIndexOf('}') + 1)
          .trim()
          .split(' ')[0],
      ),
    0,
  );
}

/** Until all of them say the same. */
async function agreed(all: readonly ServicePlace[], milliseconds = 3000): Promise<string[]> {
  return eventually(
    'the replicas agree',
    async () => {
      const [first, ...others] = await Promise.all(all.map(metricsOf));
      return first && others.every((each) => each.join() === first.join()) ? first : undefined;
    },
    milliseconds,
  );
}

/** Sends until somebody takes it, as an exporter with a load balancer before it does. */
async function deliver(
  to: readonly ServicePlace[],
  bytes: Uint8Array<ArrayBuffer>,
  milliseconds = 60_000,
): Promise<void> {
  let turn = 0;
  await eventually(
    'the body is taken',
    async () => {
      const target = to[turn++ % to.length];
      return (target && (await sendBody(target.otlp, bytes))) || undefined;
    },
    milliseconds,
  );
}

/** The status of an answer, and how long it took, in ms. */
async function timed(where: ServicePlace, bytes: Uint8Array<ArrayBuffer>): Promise<{ status: number; took: number }> {
  const since = performance.now();
  const headers = { 'content-type': 'application/x-protobuf' };
  const response = await fetch(`${where.otlp}/v1/traces`, { method: 'POST', headers, body: bytes });
  await response.arrayBuffer();
  return { status: response.status, took: performance.now() - since };
}

const isReady = async ({ admin }: ServicePlace): Promise<boolean> => (await fetch(`${admin}/readyz`)).ok;

describe('replicas on one PostgreSQL', () => {
  test('start at once on an empty database, agree within two polls, and count a span once', async () => {
    const all = await replicas(3, 'together');
    const bodies = Array.from({ length: 12 }, () => body());
    await Promise.all(bodies.map((bytes, index) => deliver([all[index % 3] as Service], bytes)));
    // The same again, to others, and to all of them at once.
    await Promise.all(bodies.flatMap((bytes) => all.map((each) => deliver([each], bytes))));
    await agreed(all);
    for (const each of all) expect(await countOf(each)).toBe(12 * SPANS_PER_BODY);
    const one = body('route-email');
    const answers = await Promise.all(all.map((each) => sendBody(each.otlp, one)));
    expect(answers).toEqual([true, true, true]);
    await agreed(all);
    expect(await countOf(all[0] as Service, 'route-email')).toBe(SPANS_PER_BODY);
    for (const each of all) await kill(each);
  });

  test('work behind pgbouncer in transaction mode', async () => {
    const all = await replicas(2, 'pooled', pooler.url);
    const bodies = Array.from({ length: 30 }, () => body());
    await Promise.all(bodies.map((bytes, index) => deliver([all[index % 2] as Service], bytes)));
    await agreed(all);
    expect(await countOf(all[1] as Service)).toBe(30 * SPANS_PER_BODY);
    for (const each of all) await kill(each);
  });

  test(`lose nothing when one of them is killed at any moment, in ${ROUNDS} rounds (seed ${SEED})`, async () => {
    const random = generator(SEED);
    const places = await Promise.all(Array.from({ length: 2 }, () => place(postgres.url, 'kills')));
    const all = await Promise.all(places.map(start));
    let taken = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const victim = round % 2;
      const unanswered: Uint8Array<ArrayBuffer>[] = [];
      const dueAfter = Math.floor(random() * 30);
      let answers = 0;
      let reached = (): void => undefined;
      const due = new Promise<void>((resolve) => {
        reached = resolve;
      });
      let ended = false;
      const senders = all.flatMap((service) =>
        [0, 1].map(async () => {
          while (!ended) {
            const bytes = body('summarize-ticket', 1);
            if (await sendBody(service.otlp, bytes).catch(() => false)) {
              taken += SPANS_PER_BODY;
              if (++answers > dueAfter) reached();
            } else unanswered.push(bytes);
          }
        }),
      );
      await due;
      await kill(all[victim] as Service);
      ended = true;
      await Promise.all(senders);
      // What got no answer goes to the one that is left, as a load balancer sends it.
      for (const bytes of unanswered) {
        await deliver([all[1 - victim] as Service], bytes);
        taken += SPANS_PER_BODY;
      }
      all[victim] = await start(places[victim] as ServicePlace);
      await agreed(all);
      for (const each of all) expect(await countOf(each), `round ${round}`).toBe(taken);
    }
    for (const each of all) await kill(each);
  });

  test('take what one that is added sends, and go on when one is removed under load', async () => {
    const all = await replicas(2, 'scaled');
    let taken = 0;
    let ended = false;
    const sender = async (): Promise<void> => {
      while (!ended) {
        await deliver(all, body());
        taken += SPANS_PER_BODY;
      }
    };
    const senders = [sender(), sender()];
    const added = await start(await place(postgres.url, 'scaled'));
    all.push(added);
    await eventually('the added one takes spans', async () => (await sendBody(added.otlp, body())) || undefined);
    taken += SPANS_PER_BODY;
    const [removed] = all.splice(0, 1);
    services.delete(removed as Service);
    await removed?.stop();
    ended = true;
    await Promise.all(senders);
    await agreed(all);
    expect(await countOf(added)).toBe(taken);
    for (const each of all) await kill(each);
  });
});

describe('what one replica at a time does', () => {
  test('goes over to another one within 15 s when the one that exports is killed', async () => {
    const seen: { replica: string; at: number }[] = [];
    const collector = createServer((request, response) => {
      seen.push({ replica: String(request.headers['x-replica']), at: performance.now() });
      request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const { port } = collector.address() as AddressInfo;
    const exporter = (name: string): string =>
      `exporters: { otlp: { endpoint: 'http://127.0.0.1:${port}', interval: 1s, headers: { x-replica: ${name} } } }\n`;
    const names = ['a', 'b', 'c'];
    const all = new Map<string, Service>();
    for (const name of names) all.set(name, await start(await place(postgres.url, 'exports', exporter(name))));
    const exportsOf = (from: number): Set<string> => new Set(seen.slice(from).map(({ replica }) => replica));
    await eventually('there are some exports', () => seen.length > 4 || undefined);
    expect(exportsOf(0).size).toBe(1);
    const [holder = ''] = exportsOf(0);
    const before = seen.length;
    const killedAt = performance.now();
    await kill(all.get(holder) as Service);
    all.delete(holder);
    await eventually('another one exports', () => seen.length > before + 3 || undefined, 20_000);
    expect((seen[before + 1]?.at ?? 0) - killedAt).toBeLessThan(15_000);
    expect(exportsOf(before + 1).size).toBe(1);
    for (const each of all.values()) await kill(each);
    collector.close();
  });
});

describe('a rolling upgrade', () => {
  test('leaves replicas of the version before running, and lets none of them start again', async () => {
    const [old] = await replicas(1, 'upgraded');
    if (!old) throw new Error('no replica');
    await deliver([old], body());
    await postgres.sql('INSERT INTO upgraded.migrations (number) VALUES (1000)');
    await deliver([old], body());
    expect(await countOf(old)).toBe(2 * SPANS_PER_BODY);
    await expect(start(await place(postgres.url, 'upgraded'))).rejects.toThrow('later version');
    await kill(old);
  });
});

describe('a database that fails', () => {
  const cases: readonly {
    readonly what: string;
    readonly begin: () => Promise<unknown>;
    readonly end: () => Promise<unknown>;
  }[] = [
    { what: 'is stopped', begin: () => postgres.stop('fast'), end: () => postgres.start() },
    { what: 'crashes', begin: () => postgres.stop('immediate'), end: () => postgres.start() },
    {
      what: 'does not answer',
      begin: () => postgres.signalTree('SIGSTOP'),
      end: () => postgres.signalTree('SIGCONT'),
    },
    {
      what: 'is read-only',
      begin: () => setReadOnly(true),
      end: () => setReadOnly(false),
    },
    {
      what: 'takes no more connections',
      begin: () => limitConnections(0),
      end: () => limitConnections(-1),
    },
  ];

  async function setReadOnly(on: boolean): Promise<void> {
    const setting = `default_transaction_read_only = ${on ? 'on' : 'off'}`;
    await postgres.sql(`BEGIN READ WRITE; ALTER DATABASE postgres SET ${setting}; COMMIT`);
    await endSessions();
  }

  async function limitConnections(limit: number): Promise<void> {
    // Superusers are exempt: the replicas are another user.
    await postgres.sql(`ALTER ROLE replica CONNECTION LIMIT ${limit}`);
    await endSessions();
  }

  const endSessions = (): Promise<string> =>
    postgres.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'warmspare'");

  for (const { what, begin, end } of cases) {
    test(`that ${what}: senders are refused within 5 s, and it is used again when it is back`, async () => {
      const schema = `fails_${what.replaceAll(/[^a-z]+/g, '_')}`;
      await postgres.sql('CREATE ROLE replica LOGIN').catch(() => undefined);
      await postgres.sql(`GRANT ALL ON DATABASE postgres TO replica`);
      const all = await replicas(2, schema, postgres.url.replace('warmspare@', 'replica@'));
      await deliver(all, body());
      await agreed(all);
      await begin();
      const lost = body();
      for (const each of all) {
        const { status, took } = await timed(each, lost);
        expect(status, what).toBe(503);
        expect(took).toBeLessThan(5000);
      }
      for (const each of all) {
        await eventually('it says that it is not ready', async () => !(await isReady(each)) || undefined);
        await eventually('it logs it', () => each.output().includes('the store cannot write') || undefined);
      }
      await end();
      for (const each of all) await deliver([each], lost);
      for (const each of all) await eventually('it is ready again', async () => (await isReady(each)) || undefined);
      await agreed(all, 10_000);
      for (const each of all) expect(await countOf(each)).toBe(2 * SPANS_PER_BODY);
      for (const each of all) {
        expect(each.output()).not.toContain('replica@');
        await kill(each);
      }
    });
  }

  test('with a row that another session locks refuses spans of that row, retryably and within 5 s', async () => {
    const [service] = await replicas(1, 'blocked');
    if (!service) throw new Error('no replica');
    await deliver([service], body());
    const lock = postgres.sql(
      `BEGIN; SELECT count(*) FROM (SELECT 1 FROM blocked.records FOR UPDATE) AS locked; SELECT pg_sleep(60); COMMIT`,
    );
    const unlocked = lock.catch(() => 'ended before its time');
    await eventually('the rows are locked', async () => {
      const sql = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active'";
      return Number(await postgres.sql(sql)) > 1 || undefined;
    });
    const again = body();
    const { status, took } = await timed(service, again);
    expect(status).toBe(503);
    expect(took).toBeLessThan(5000);
    await postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; %pg_sleep%'");
    expect(await unlocked).toBe('ended before its time');
    await deliver([service], again);
    expect(await countOf(service)).toBe(2 * SPANS_PER_BODY);
    await kill(service);
  });

  test('and comes back as an older backup is read anew: replicas show what it has', async () => {
    const all = await replicas(2, 'restored');
    await deliver(all, body());
    await agreed(all);
    await postgres.stop('fast');
    const backup = await startPostgres([], postgres.directory);
    await backup.stop('fast');
    await postgres.start();
    await deliver(all, body());
    await agreed(all, 10_000);
    expect(await countOf(all[0] as Service)).toBe(2 * SPANS_PER_BODY);
    await postgres.stop('fast');
    await postgres.restoreFrom(backup);
    await postgres.start();
    await eventually(
      'they show the older state',
      async () => (await countOf(all[0] as Service)) === SPANS_PER_BODY || undefined,
    );
    await deliver(all, body());
    await agreed(all, 10_000);
    expect(await countOf(all[1] as Service)).toBe(2 * SPANS_PER_BODY);
    for (const each of all) await kill(each);
    await backup.remove();
  });

  test('is waited for by a replica that starts before it', async () => {
    await postgres.stop('fast');
    const where = await place(postgres.url, 'later');
    const starting = start(where);
    await postgres.start();
    const service = await starting;
    await deliver([service], body());
    await kill(service);
  });
});

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
