/**
 * Looks at the store every second: logs damage, and once when it stops or starts again to write, however many requests were refused, and
 * tries it meanwhile. Whoever asks for readiness before sending would else wait for spans that wait for readiness.
 */
import type { Log } from '../base/log.ts';
import type { Pipeline } from '../types/pipeline.ts';

const INTERVAL_MS = 1000;
/** Of so many looks at a store that cannot write, one tries it. */
const LOOKS_A_TRY = 5;

/** Begins to look; the result stops it. */
export function watchStore(pipeline: Pick<Pipeline, 'health' | 'retryStore'>, log: Log): () => void {
  let available = true;
  let looks = 0;
  let reported: string | undefined;
  let wasBehind = false;
  const timer = setInterval(look, INTERVAL_MS);
  timer.unref();
  look();
  return () => clearInterval(timer);

  function look(): void {
    const { storeAvailable, storeError, damage, clockError } = pipeline.health();
    const isBehind = clockError !== undefined;
    if (isBehind && !wasBehind) log.error({ reason: clockError }, 'the clock is in doubt: spans are refused');
    if (!isBehind && wasBehind) log.info('the clock is no longer in doubt');
    wasBehind = isBehind;
    if (damage !== undefined && damage.reason !== reported) {
      log.error({ damage }, 'the store was damaged: what cannot be read was set aside, and the rest is kept');
      reported = damage.reason;
    }
    looks = storeAvailable ? 0 : looks + 1;
    if (looks % LOOKS_A_TRY === 1) void pipeline.retryStore();
    if (storeAvailable === available) return;
    available = storeAvailable;
    if (available) log.info('the store can write again');
    else
      log.error(
        { reason: storeError },
        'the store cannot write: spans are refused, their senders are told to try again',
      );
  }
}
