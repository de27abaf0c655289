/**
 * What stands before a gRPC call: the token, the bytes of its message as they arrive, and the time to its answer. What is over a
 * limit is refused and its stream is ended; nothing of a message is read here.
 */
import { constants, type ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { Metadata, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { encodeStatusDetails } from './answer.ts';
import type { IsAuthorized } from './auth.ts';
import { type ByteBudget, createGate, type Gate, type ReceiverLimits } from './limits.ts';
import { startPatience } from './patience.ts';
import { type Refusal, type RefusalReason, tooSlow, toRefusal, unauthorized } from './refusal.ts';

export interface GrpcGuardOptions {
  readonly isAuthorized: IsAuthorized;
  readonly budget: ByteBudget;
  readonly limits: ReceiverLimits;
  readonly onRejected: (reason: RefusalReason) => void;
}

/** The status of a refused call. Without RetryInfo, OTLP senders take RESOURCE_EXHAUSTED for final. */
export function statusOf(refusal: Refusal): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', encodeStatusDetails(refusal));
  return { code: refusal.grpcCode, details: refusal.message, metadata };
}

export function createGrpcGuard({ isAuthorized, budget, limits, onRejected }: GrpcGuardOptions): ServerInterceptor {
  const gate = createGate(limits.inflating);
  return (_, call) => {
    const stream = streamOf(call);
    inflateInTurn(call, gate, () => isOver);
    const share = budget.open();
    const patience = startPatience(limits.answerTimeout, () => tooSlow(limits.retryAfter));
    let isOver = false;

    const end = (): boolean => {
      if (isOver) return false;
      isOver = true;
      patience.end();
      share.release();
      return true;
    };
    const refuse = (error: unknown): void => {
      if (!end()) return;
      const refusal = toRefusal(error, limits.retryAfter);
      onRejected(refusal.reason);
      call.sendStatus(statusOf(refusal));
      // A peer that goes on sending would keep what has arrived in memory.
      stream?.close(constants.NGHTTP2_NO_ERROR);
    };
    patience.up.catch(refuse);
    const count = (chunk: Buffer): void => {
      try {
        if (!isOver) share.take(chunk.length);
      } catch (error) {
        refuse(error);
      }
    };

    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, proceed) {
            const [header] = metadata.get('authorization');
            if (!isAuthorized(typeof header === 'string' ? header : undefined)) return refuse(unauthorized());
            stream?.on('data', count);
            proceed(metadata);
          },
          onReceiveMessage(message, proceed) {
            // What waits for the store holds none of the message's bytes once it is read, and reading does not wait.
            share.release();
            proceed(message);
          },
          onCancel() {
            const reason = stream && REASONS[Number(stream.sentHeaders?.['grpc-status'])];
            if (end() && reason !== undefined) onRejected(reason);
          },
        }),
      sendStatus(answer, next) {
        // What comes after a refusal has no one to go to.
        if (end()) next(answer);
      },
    });
  };
}

/** What the library refuses by itself: a message above the limit, one that cannot be inflated, an encoding that it does not know. */
const REASONS: Readonly<Partial<Record<number, RefusalReason>>> = {
  [status.RESOURCE_EXHAUSTED]: 'too_large',
  [status.INTERNAL]: 'malformed',
  [status.UNIMPLEMENTED]: 'unsupported',
  [status.DEADLINE_EXCEEDED]: 'timeout',
};

/**
 * The library inflates each message when it is whole, as many at one time as there are, and each may take its whole limit. Here they
 * wait in line, as they came: in few bytes, which count as in flight. It does so in a method of its own, as with the stream below.
 */
function inflateInTurn(call: object, gate: Gate, isOver: () => boolean): void {
  const inflate: unknown = Reflect.get(call, INFLATE);
  if (typeof inflate !== 'function') return;
  Reflect.set(call, INFLATE, async (message: Buffer, encoding: string): Promise<Buffer> => {
    const run = (): Promise<Buffer> => Reflect.apply(inflate, call, [message, encoding]) as Promise<Buffer>;
    if (encoding === 'identity') return run();
    const inflated = await gate(async () => (isOver() ? undefined : run()));
    // Nobody waits for it any more.
    return inflated ?? new Promise(() => undefined);
  });
}

const INFLATE = 'decompressMessage';

/**
 * The stream below a call. The library keeps it in a field of its own, and nothing else tells how much of a message has arrived;
 * were the field gone, a message would count from when it is whole, and the test of the limit would tell.
 */
function streamOf(call: object): ServerHttp2Stream | undefined {
  const stream: unknown = Reflect.get(call, 'stream');
  return isStream(stream) ? stream : undefined;
}

const isStream = (value: unknown): value is ServerHttp2Stream => value instanceof Duplex && 'sentHeaders' in value;
