/** The thread that owns a SQLite file: requests in, one reply each, in order. SQLite's calls block, and only this thread waits for them. */
import { parentPort, workerData } from 'node:worker_threads';
import { FileReplaced, openDatabase } from './database.ts';
import type { Reply, Request, WorkerOptions } from './messages.ts';

/** How often the files are looked at while nothing is committed. */
const LOOK_EVERY = 1000;

const port = parentPort;
if (port) {
  const reply = (message: Reply): void => port.postMessage(message);
  try {
    const database = openDatabase(workerData as WorkerOptions, (damage) => reply({ kind: 'damage', damage }));
    const looking = setInterval(() => {
      try {
        database.look();
      } catch (error) {
        if (error instanceof FileReplaced) reply({ kind: 'gone', reason: error.message });
        // Else the next commit says what is wrong.
      }
    }, LOOK_EVERY);
    port.on('message', (request: Request) => {
      const { id, kind } = request;
      try {
        reply({ kind: 'done', id, ...database.answer(request) });
      } catch (error) {
        reply({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
      }
      if (kind !== 'close') return;
      clearInterval(looking);
      port.close();
    });
    reply({ kind: 'opened', instanceId: database.instanceId, damage: database.damage });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    reply({ kind: 'refused', name, message });
    port.close();
  }
}
