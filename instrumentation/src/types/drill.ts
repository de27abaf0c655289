/** The part that an attempt has in a drill. Types only. */
import type { DrillFaultName } from '@warmspare/semconv';

/** The part that an attempt has in a drill. */
export interface DrilledAttempt {
  readonly id: string;
  readonly fault: DrillFaultName;
  /** The drill that counts what is made to fail. */
  readonly drill: { inject(target: string | undefined): void; begin(): () => void; readonly delayMs: number };
  /** The drill makes it fail. */
  readonly fails: boolean;
  /** A try inside was made to fail: whatever comes of it proves nothing. */
  injected: boolean;
}
