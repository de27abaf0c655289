/** The thread that owns a SQLite file: requests in, one reply each, in order. SQLite's calls block, and only this thread waits for them. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SentRecord } from '../types/sent.ts';
import type { Contents } from '../types/store.ts';
import { createPace, type Taken } from './pace.ts';
import { openFile } from './sqlite-file.ts';
import type { Reply, Request, WorkerOptions } from './sqlite-messages.ts';
import { createSentTables } from './sqlite-sent.ts';
import { createTables } from './sqlite-tables.ts';

const port = parentPort;
if (port) {
  const reply = (message: Reply): void => port.postMessage(message);
  try {
    serve(workerData as WorkerOptions, reply, (listen) => port.on('message', listen));
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    reply({ kind: 'refused', name, message });
    port.close();
  }
}

function serve(
  options: WorkerOptions,
  reply: (message: Reply) => void,
  onRequest: (listen: (request: Request) => void) => void,
): void {
  const { db, damage } = openFile(options.path, options.setAsideName);
  if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
  const tables = createTables(db);
  const sent = createSentTables(db);
  const load = (id: number, taken: Taken): string => {
    const pace = createPace(taken);
    const give = (part: Reply): void => {
      reply(part);
      pace();
    };
    return tables.load(
      (part) => give(partOf(id, part)),
      (text) => give({ kind: 'text', id, text }),
    );
  };
  onRequest((request) => {
    const { id } = request;
    try {
      switch (request.kind) {
        case 'load':
          tables.settle();
          reply({ kind: 'done', id, instanceId: load(id, request.taken) });
          break;
        case 'commit':
          tables.commit(request.entry, request);
          reply({ kind: 'done', id, isFull: tables.isFull });
          break;
        case 'fold':
          tables.fold(request.entry, request.isLast);
          reply({ kind: 'done', id });
          break;
        case 'load-sent': {
          const isBegun = sent.load(request.destination, request.address, (part) =>
            reply({ kind: 'sent', id, json: JSON.stringify(part) }),
          );
          reply({ kind: 'done', id, isBegun });
          break;
        }
        case 'put-sent':
          sent.put(request.destination, JSON.parse(request.json) as SentRecord[], request.remove);
          reply({ kind: 'done', id });
          break;
        case 'begin-sent':
          sent.begin(request.destination, request.address);
          reply({ kind: 'done', id });
          break;
        case 'forget-sent':
          sent.forget(request.destination);
          reply({ kind: 'done', id });
          break;
        case 'close':
          db.close();
          reply({ kind: 'done', id });
          port?.close();
          break;
      }
    } catch (error) {
      reply({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
    }
  });
  reply({ kind: 'opened', damage, instanceId: tables.instanceId() });
}

function partOf(id: number, { window, ...records }: Partial<Contents>): Reply {
  return window ? { kind: 'window', id, window } : { kind: 'records', id, json: JSON.stringify(records) };
}
