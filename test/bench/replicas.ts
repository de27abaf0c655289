/** What commits to PostgreSQL cost: time by the number of rows, bytes of a row, and two replicas on the same rows. `npm run bench:replicas`. */
import { openPostgresStore } from '../../processor/src/store/postgres/postgres.ts';
import type { RowRecord, Store } from '../../processor/src/types/store.ts';
import { change } from '../store/contract.ts';
import { startPostgres } from '../system/postgres-server.ts';

const ROWS = Number(process.argv[2] ?? 10_000);
const STEP = 1000;

const rowOf = (index: number): RowRecord => ({
  key: {
    namespace: '',
    service: `service-${index % 100}`,
    environment: 'prod',
    chain: `chain-${index}`,
    target: 't',
    routeType: 'fallback',
  },
  placeholder: false,
  state: {
    rank: 1,
    declaredAt: 1,
    announcedAt: 2,
    seenAt: 2,
    evidence: {
      organic: { success: { at: index, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }, failure: undefined },
    },
  },
  series: ['success', 'error'].map((outcome) => ({
    kind: { metric: 'llm_fallback.calls', attributes: JSON.stringify({ outcome }) },
    value: 1,
    sum: 0,
    counts: undefined,
    startTime: 1,
  })),
  facts: { activity: { from: 7, counts: [1, 0, 2] } },
});

let nextHash = 1;

/** Milliseconds of one commit, the median of several. */
async function commitTime(store: Store, rows: readonly RowRecord[], times: number): Promise<number> {
  const taken: number[] = [];
  for (let time = 0; time < times; time++) {
    const window = Uint32Array.from({ length: 2 * rows.length }, (_, word) => (word % 2 === 0 ? 7 : nextHash++));
    const since = performance.now();
    await store.commit(change({ rows: [...rows] }, {}, { window, windowAt: Date.now() }));
    taken.push(performance.now() - since);
  }
  return taken.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}

const postgres = await startPostgres();
try {
  const options = { url: postgres.url, schema: 'bench', pool: 4 };
  const [a, b] = [await openPostgresStore(options), await openPostgresStore(options)];
  const rows = Array.from({ length: ROWS }, (_, index) => rowOf(index));
  for (let at = 0; at < ROWS; at += STEP) await a.commit(change({ rows: rows.slice(at, at + STEP) }));
  const bytes = Number(await postgres.sql("SELECT pg_total_relation_size('bench.records')"));
  console.log(`${ROWS} rows, ${Math.round(bytes / ROWS)} bytes a row with its index`);
  for (const size of [1, 10, 100, 1000]) {
    const alone = await commitTime(a, rows.slice(0, size), 15);
    const both = await Promise.all([a, b].map((store) => commitTime(store, rows.slice(0, size), 15)));
    console.log(
      `commit of ${size} rows: ${alone.toFixed(1)} ms; two replicas on the same rows ${Math.max(...both).toFixed(1)} ms`,
    );
  }
  await a.close();
  await b.close();
} finally {
  await postgres.remove();
}
