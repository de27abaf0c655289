/** What the files of this folder share: where a gateway leaves its signs, what it says by them, and how their values are read. */
import type { CacheType } from '@warmspare/semconv';
import { count } from '../base/read.ts';
import type { CallAnswer, CallRequest } from '../types/call.ts';
import type { Declaration } from '../types/declaration.ts';

/** What a gateway said of one call. */
export interface GatewaySaid {
  readonly gateway: string;
  /** The place of the target that answered, in the order in which targets are tried; 0 is the primary. The place of the one whose error came back. */
  readonly rung?: number | undefined;
  /** A fallback answered, and another target than the one that was asked for; its place is not known. */
  readonly fallback?: boolean | undefined;
  /** Something else answered than was asked for, and the signs that are left do not tell what: no target has the credit. */
  readonly unclear?: boolean | undefined;
  /** It is said of the target that went on with the stream, which another one had begun. */
  readonly handedOn?: boolean | undefined;
  /** The gateway itself failed: no target has the blame. */
  readonly broke?: boolean | undefined;
  /** The name of the target that answered, or whose error came back: its model, or what the gateway calls it. */
  readonly served?: string | undefined;
  /** The list of targets that ran, where the request declares several. */
  readonly ladder?: Declaration | undefined;
  /** Other targets that failed on the way. */
  readonly failed?: readonly FailedTry[] | undefined;
  readonly cache?: CacheType | undefined;
  /** US dollars. */
  readonly cost?: number | undefined;
  /** What the gateway paid for: the provider's name and the provider's own name of the model. */
  readonly billed?: { readonly provider?: string | undefined; readonly model?: string | undefined } | undefined;
}

/** A target that failed, by its place or by its name. */
export interface FailedTry {
  readonly rung?: number | undefined;
  readonly name?: string | undefined;
  /** As `error.type`; undefined where the gateway tells no more than that it failed. */
  readonly errorType?: string | undefined;
}

/** Where a gateway's signs stand. */
export interface Signs {
  /** A response header, by its lower-case name. */
  header(name: string): string | undefined;
  readonly answer: CallAnswer | undefined;
  /** What the client threw, where it threw. */
  readonly error?: unknown;
  readonly request: Pick<CallRequest, 'model' | 'declared' | 'ladders'>;
}

/** One gateway. It is known by whatever it tells, and by no mark beside that: a proxy in front of it may strip any header. */
export interface Gateway {
  readonly name: string;
  /** Undefined where it tells nothing. Asked at each call: a header costs a look-up. */
  read(signs: Signs): Omit<GatewaySaid, 'gateway'> | undefined;
}

export function integer(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

/** A cost of 0 is one that the gateway does not know: LiteLLM sends it with errors and with models of no known price. */
export function dollars(value: unknown): number | undefined {
  const amount = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof amount === 'number' && amount > 0 ? count(amount) : undefined;
}

/** `openai/gpt-4.1-mini`; what the provider calls its model may have slashes, too. */
export function providerAndModel(name: string | undefined): GatewaySaid['billed'] {
  const [, provider, model] = /^([^/]+)\/(.+)$/.exec(name ?? '') ?? [];
  return model === undefined ? undefined : { provider, model };
}

export function hit(status: string | undefined): CacheType | undefined {
  return status?.toUpperCase() === 'HIT' ? 'exact' : undefined;
}

const PRIMARY: readonly FailedTry[] = [{ rung: 0 }];

/** Where a fallback answered, the primary had failed. What lies between them may have been passed over. */
export function primaryFailed(fell: boolean): readonly FailedTry[] | undefined {
  return fell ? PRIMARY : undefined;
}

/** Where each target is tried only after the one before it has failed, all before the one that answered had. */
export function allBefore(rung: number | undefined): readonly FailedTry[] | undefined {
  return rung === undefined || rung === 0 ? undefined : Array.from({ length: rung }, (_, index) => ({ rung: index }));
}
