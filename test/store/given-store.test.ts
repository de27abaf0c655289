/** A store that the user passes in: service and in-process ledger keep the evidence there, and nowhere else. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startInProcess } from '../../processor/src/in-process.ts';
import { type Changes, createLog, parseConfig, type Store, startService } from '../../processor/src/index.ts';
import { createMemoryStore } from '../../processor/src/store/memory.ts';

const directory = mkdtempSync(join(tmpdir(), 'warmspare-given-'));
afterAll(() => rmSync(directory, { recursive: true }));

const path = join(directory, 'unused.db');
const YAML = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 }, grpc: { endpoint: 127.0.0.1:0 } } } }
admin: { endpoint: 127.0.0.1:0 }
store: { sqlite: { path: ${JSON.stringify(path)} } }
chains:
  - name: summarize
    service: shop
    targets: [{ name: gpt, type: primary }, { name: rules, type: heuristic }]
`;

interface Told {
  readonly store: Store;
  readonly targets: string[];
  closed: boolean;
}

async function told(): Promise<Told> {
  const memory = await createMemoryStore();
  const seen: Told = {
    targets: [],
    closed: false,
    store: {
      ...memory,
      commit(changes: Changes) {
        seen.targets.push(...changes.put.rows.map(({ key }) => key.target));
        return memory.commit(changes);
      },
      async close() {
        seen.closed = true;
      },
    },
  };
  return seen;
}

describe('a store that is passed in', () => {
  it('keeps the evidence of a service, which closes it', async () => {
    const { config } = parseConfig(YAML, {});
    if (!config) throw new Error('the configuration has problems');
    const seen = await told();
    const log = createLog({ write: () => undefined }, 'silent');
    const service = await startService({ config, version: '0', now: Date.now, log, store: seen.store });
    expect(seen).toMatchObject({ targets: ['gpt', 'rules'], closed: false });
    await service.close();
    expect(seen.closed).toBe(true);
    expect(existsSync(path)).toBe(false);
  });

  it('keeps the evidence of an in-process ledger, which closes it', async () => {
    const seen = await told();
    const ledger = startInProcess({ service: { name: 'shop' }, config: YAML, store: seen.store });
    expect((await ledger.snapshot()).targets.map(({ target }) => target)).toEqual(['gpt', 'rules']);
    expect(seen.targets).toEqual(['gpt', 'rules']);
    await ledger.close();
    expect(seen.closed).toBe(true);
  });

  it('is refused beside the path of a file', async () => {
    const { store } = await told();
    expect(() => startInProcess({ service: { name: 'shop' }, path, store })).toThrow('either `path` or `store`');
  });
});
