/** The thread that owns a SQLite file: requests in, one reply each, in order. SQLite's calls block, and only this thread waits for them. */
import { parentPort, workerData } from 'node:worker_threads';
import type { StoreDamage } from '../../types/pipeline.ts';
import { openFile } from './file.ts';
import type { Answer, Reply, Request, WorkerOptions } from './messages.ts';
import { createSentStatements } from './sent.ts';
import { createSetAside, createStatements } from './statements.ts';

const port = parentPort;
if (port) {
  const reply = (message: Reply): void => port.postMessage(message);
  try {
    const { answer, ...opened } = open(workerData as WorkerOptions);
    port.on('message', (request: Request) => {
      const { id, kind } = request;
      try {
        reply({ kind: 'done', id, ...answer(request) });
        if (kind === 'close') port.close();
      } catch (error) {
        reply({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
      }
    });
    reply({ kind: 'opened', ...opened });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    reply({ kind: 'refused', name, message });
    port.close();
  }
}

interface Opened {
  readonly instanceId: string;
  readonly damage: StoreDamage | undefined;
  answer(request: Request): Answer;
}

function open({ path, setAsideName, maxPages }: WorkerOptions): Opened {
  const { db, damage: damageOfFile } = openFile(path, setAsideName);
  if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
  let damaged = 0;
  const setAside = createSetAside(db, () => damaged++);
  const statements = createStatements(db, setAside);
  const sent = createSentStatements(db, setAside);

  const damage = (): StoreDamage | undefined => {
    if (damaged === 0) return damageOfFile;
    return { reason: `${damaged} records have a wrong checksum`, movedTo: `the table set_aside of ${path}` };
  };

  return {
    instanceId: statements.instanceId(),
    damage: damage(),
    answer(request) {
      switch (request.kind) {
        case 'load-records': {
          const { list, next } = statements.records(request.after);
          return { records: list, next, damage: damage() };
        }
        case 'load-window': {
          const { list, next } = statements.window(request.after);
          return { window: list, next, damage: damage() };
        }
        case 'commit':
          statements.commit(request);
          return {};
        case 'load-sent': {
          const page = sent.load(request.destination, request.address, request.after);
          return { isBegun: page !== undefined, sent: page?.records ?? [], next: page?.next, damage: damage() };
        }
        case 'put-sent':
          sent.put(request.destination, request.records, request.remove);
          return {};
        case 'begin-sent':
          sent.begin(request.destination, request.address);
          return {};
        case 'forget-sent':
          sent.forget(request.destination);
          return {};
        case 'close':
          db.close();
          return {};
      }
    },
  };
}
