/** Runs at intervals in each replica: takes over what other replicas committed. The replica that holds the lease also exports and runs the timers that write. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../base/log.ts';
import type { Pipeline } from '../types/pipeline.ts';

/** Something that runs until it is stopped. */
interface Running {
  stop(): Promise<void>;
}

export interface Replica {
  /** Starts it whenever this replica gets the lease, and stops it when another one has it. */
  whileHolding(lease: string, start: () => Promise<Running>): Promise<Running>;
  /** Ends the reading of changes. */
  stop(): void;
}

const READ_EVERY = 1000;
const RENEW_EVERY = 3000;
/** Another replica takes over when the holder has not renewed for so long, in ms. */
const LEASE = 10_000;

/** Does nothing for a store of one process. */
export function startReplica(pipeline: Pick<Pipeline, 'isShared' | 'readChanges' | 'lease'>, log: Log): Replica {
  let stopped = false;
  const readOn = async (): Promise<void> => {
    while (!stopped) {
      await delay(READ_EVERY, undefined, { ref: false });
      if (!stopped) await pipeline.readChanges();
    }
  };
  if (pipeline.isShared) void readOn();

  return {
    async whileHolding(lease, start) {
      let running: Running | undefined;
      let heldUntil = 0;
      let ended = false;
      const look = async (): Promise<void> => {
        const asked = performance.now();
        // Nobody else can have it before it expires, whether or not the store answers.
        const answer = await pipeline.lease(lease, LEASE).catch(() => undefined);
        if (ended) return;
        if (answer === true) heldUntil = asked + LEASE;
        const holds = answer ?? performance.now() < heldUntil;
        if (holds && !running) {
          log.info({ lease }, 'this replica takes over');
          running = await start();
        } else if (!holds && running) {
          log.info({ lease }, 'another replica has taken over');
          await running.stop();
          running = undefined;
        }
      };
      let last = look().catch((error: unknown) => log.error({ err: error }, 'a task of one replica could not start'));
      await last;
      const timer = setInterval(() => {
        last = last.then(look).catch((error: unknown) => log.error({ err: error }, 'a task of one replica failed'));
      }, RENEW_EVERY);
      timer.unref();
      return {
        async stop() {
          ended = true;
          clearInterval(timer);
          await last;
          await running?.stop();
        },
      };
    },
    stop() {
      stopped = true;
    },
  };
}
