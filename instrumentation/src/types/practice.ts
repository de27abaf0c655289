/** What an app configures of practice on live traffic. Types only. */
import type { DrillFaultName } from '@warmspare/semconv';

/** When and how a chain practises. */
export interface PracticeChain {
  /** How the targets above the one that is due fail. `unavailable` where it is left out. */
  readonly fault?: DrillFaultName | undefined;
  /** Share of the chain's runs, 0 to 1, that is drilled while a practice run is on. 0.01 where it is left out. */
  readonly share?: number | undefined;
  /** Practice runs per hour. 1 where it is left out. */
  readonly maxPerHour?: number | undefined;
  /** Times of the week, as `Mon-Fri 09:00-16:00 Europe/Berlin`; any time where it is left out. */
  readonly windows?: readonly string[] | undefined;
  /** Times at which none begins. */
  readonly blockedWindows?: readonly string[] | undefined;
  /** None begins where it does not answer 200. */
  readonly blockingUrl?: string | undefined;
  /** What drilled answers may cost, as `1 USD/day`. */
  readonly budget?: string | undefined;
}

/** Practice by chain. */
export interface Practice {
  readonly chains: Readonly<Record<string, PracticeChain>>;
}

/** Who a process asks before it practises: the admin address of the processor, and the app's own name. */
export interface PracticeLease {
  readonly admin: string;
  readonly token: string | undefined;
  readonly service: string;
  readonly namespace: string;
  readonly environment: string;
}
