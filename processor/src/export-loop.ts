/** Calls an export at an interval, one at a time, and once more at the end. A failure is logged once until it succeeds again. */
import type { Log } from './log.ts';

/** A running loop. */
export interface ExportLoop {
  /** Waits for the export under way, exports once more and stops. Never rejects. */
  stop(): Promise<void>;
}

/** `interval` in seconds. */
export function startExportLoop(run: () => Promise<void>, interval: number, log: Log): ExportLoop {
  let running: Promise<void> | undefined;
  let failing = false;

  const once = async (): Promise<void> => {
    try {
      await run();
      if (failing) log.info('metrics are exported again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'metrics could not be exported; the next export carries what is missing');
      failing = true;
    }
  };
  const timer = setInterval(() => {
    running ??= once().finally(() => {
      running = undefined;
    });
  }, interval * 1000);
  timer.unref();

  return {
    async stop() {
      clearInterval(timer);
      await running;
      await once();
    },
  };
}
