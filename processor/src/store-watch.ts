/** Looks at the store's health every second and logs when it stops or starts again to write: once each, however many requests were refused. */
import type { Log } from './log.ts';
import type { PipelineHealth } from './types/pipeline.ts';

/** Begins to look; the result stops it. */
export function watchStore(health: () => PipelineHealth, log: Log): () => void {
  let available = true;
  const timer = setInterval(() => {
    const { storeAvailable, storeError } = health();
    if (storeAvailable === available) return;
    available = storeAvailable;
    if (available) log.info('the store can write again');
    else
      log.error(
        { reason: storeError },
        'the store cannot write: spans are refused, their senders are told to try again',
      );
  }, 1000);
  timer.unref();
  return () => clearInterval(timer);
}
