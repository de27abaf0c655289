/** Calls an export at an interval, one at a time, and once more at the end. A failure is logged once until it succeeds again. */
import type { Log } from '../base/log.ts';

/** A running loop. */
export interface ExportLoop {
  /** Waits for the export under way and exports once more, but for no longer than 5 seconds in all. Never rejects. */
  stop(): Promise<void>;
}

/** Half of what `docker stop` allows before it kills: a receiver that is down does not hold up the end. */
const LAST_EXPORT_MS = 5000;

/** `interval` in seconds; `endpoint` is for the log. */
export function startExportLoop(
  run: () => Promise<void>,
  { endpoint, interval }: { readonly endpoint: string; readonly interval: number },
  log: Log,
): ExportLoop {
  let running: Promise<void> | undefined;
  let failing = false;

  const once = async (): Promise<void> => {
    try {
      await run();
      if (failing) log.info('metrics are exported again');
      failing = false;
    } catch (error) {
      if (!failing)
        log.warn({ err: error, endpoint }, 'metrics could not be exported; the next export carries what is missing');
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
      const last = async (): Promise<void> => {
        await running;
        await once();
      };
      let giveUp: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        giveUp = setTimeout(resolve, LAST_EXPORT_MS);
      });
      await Promise.race([last(), patience]);
      clearTimeout(giveUp);
    },
  };
}
