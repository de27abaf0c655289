/**
 * The way of a finished call to whoever listens in this process: the diagnostics channel `llm_fallback:call`. It is
 * published whether or not a span is sampled or an SDK exists, and a subscriber that throws or rejects harms nobody.
 */
import { type ChannelListener, channel } from 'node:diagnostics_channel';
import { CALL_CHANNEL, type CallMessage } from '@warmspare/semconv';
import { reportOnce } from '../base/report.ts';

const calls = channel(CALL_CHANNEL);

/** Whether a message has a reader; ask before building one. */
export function hasCallSubscribers(): boolean {
  return calls.hasSubscribers;
}

/** Hands a finished attempt, run or declaration to every subscriber, synchronously. Never throws. */
export function publishCall(message: CallMessage): void {
  if (!calls.hasSubscribers) return;
  // Node's own publish() turns what a subscriber throws into an uncaught exception, which ends the user's process.
  const { _subscribers: subscribers } = calls as { readonly _subscribers?: unknown };
  if (Array.isArray(subscribers)) {
    for (const subscriber of subscribers.slice() as ChannelListener[]) deliver(subscriber, message);
  } else {
    deliver(() => calls.publish(message), message);
  }
}

function deliver(subscriber: ChannelListener, message: CallMessage): void {
  try {
    const result: unknown = (subscriber as (...args: Parameters<ChannelListener>) => unknown)(message, CALL_CHANNEL);
    // An async function: its rejection would be the process's own.
    if (result instanceof Promise) {
      result.catch((error: unknown) => reportOnce(`a subscriber of ${CALL_CHANNEL} rejected`, error));
    }
  } catch (error) {
    reportOnce(`a subscriber of ${CALL_CHANNEL} threw`, error);
  }
}
