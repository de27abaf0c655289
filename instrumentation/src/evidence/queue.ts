/** Messages that wait to be sent, within a bound of bytes and of messages: the oldest go first where it is exceeded. Sends nothing. */
import type { SpanContext } from '@opentelemetry/api';
import type { CallMessage } from '@warmspare/semconv';

export interface WaitingMessage {
  readonly message: CallMessage;
  /** The ids stay the same from try to try: what arrives twice is recognised. */
  readonly spanContext: SpanContext;
  readonly bytes: number;
}

export interface EvidenceQueue {
  /** The oldest first. */
  readonly waiting: readonly WaitingMessage[];
  /** Returns how many of the oldest messages had to go. */
  push(message: CallMessage, spanContext: SpanContext): number;
  /** The oldest messages, at most `count`. Their bytes count until `forget` or `putBack`. */
  take(count: number): readonly WaitingMessage[];
  /** The messages of `take` are gone. */
  forget(taken: readonly WaitingMessage[]): void;
  /** The messages of `take` wait again, ahead of all others. Returns how many of the oldest had to go. */
  putBack(taken: readonly WaitingMessage[]): number;
}

export function createEvidenceQueue(maxBytes: number, maxMessages: number): EvidenceQueue {
  let waiting: WaitingMessage[] = [];
  let bytes = 0;
  return {
    get waiting() {
      return waiting;
    },
    push(message, spanContext) {
      const one = { message, spanContext, bytes: sizeOf(message) };
      waiting.push(one);
      bytes += one.bytes;
      return dropOldest();
    },
    take(count) {
      return waiting.splice(0, count);
    },
    forget,
    putBack(taken) {
      waiting = [...taken, ...waiting];
      return dropOldest();
    },
  };

  function forget(taken: readonly WaitingMessage[]): void {
    for (const one of taken) bytes -= one.bytes;
  }

  function dropOldest(): number {
    let dropped = 0;
    while (waiting.length > dropped && (bytes > maxBytes || waiting.length - dropped > maxMessages)) {
      bytes -= waiting[dropped]?.bytes ?? 0;
      dropped += 1;
    }
    if (dropped > 0) waiting.splice(0, dropped);
    return dropped;
  }
}

/** What a message has beside its texts: ids, times, objects. */
const OVERHEAD = 256;

/** About what the message takes in memory and on the wire. */
function sizeOf({ name, attributes }: CallMessage): number {
  let bytes = OVERHEAD + Buffer.byteLength(name);
  for (const [key, value] of Object.entries(attributes)) {
    bytes += key.length + 8;
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    else if (Array.isArray(value)) for (const one of value) bytes += 8 + (typeof one === 'string' ? one.length : 0);
  }
  return bytes;
}
