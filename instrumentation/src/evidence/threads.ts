/**
 * Evidence of worker threads: each message is handed to the main thread when it is published, where it waits and is sent with the others.
 * So nothing is lost where a worker ends or is terminated, however it ends.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  type MessagePort,
  receiveMessageOnPort,
  setEnvironmentData,
} from 'node:worker_threads';
import { CALL_CHANNEL } from '@warmspare/semconv';
import { guarded } from '../base/report.ts';

/** Of the channel, and of the environment data by which a worker knows that the main thread listens. */
const NAME = `${CALL_CHANNEL}:threads`;

export interface WorkerEvidence {
  /** Hands on at once what workers have published. */
  drain(): void;
  close(): void;
}

/** In the main thread: gives the messages of all workers that are started from now on to `hear`. Holds no process open. */
export function hearWorkers(hear: (message: unknown) => void): WorkerEvidence {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = (event: unknown): void => hear((event as MessageEvent).data);
  channel.unref();
  setEnvironmentData(NAME, true);
  return {
    drain() {
      // Node takes a BroadcastChannel here as well; its types do not say so.
      const port = channel as unknown as MessagePort;
      for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
        hear(next.message);
      }
    },
    close: () => channel.close(),
  };
}

/** Whether this is a worker thread of a process whose main thread listens. */
export function isHeard(): boolean {
  return !isMainThread && getEnvironmentData(NAME) === true;
}

/** In such a worker: hands every message of this thread on. Returns what ends that. */
export function tellMainThread(): () => void {
  const channel = new BroadcastChannel(NAME);
  channel.unref();
  const tell = (message: unknown): void =>
    guarded('evidence could not be handed to the main thread', () => channel.postMessage(message), undefined);
  subscribe(CALL_CHANNEL, tell);
  return () => {
    unsubscribe(CALL_CHANNEL, tell);
    channel.close();
  };
}
