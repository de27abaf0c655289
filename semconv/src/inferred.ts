/**
 * Names of chains and targets that nobody declared: a failed call, then another one that did its job, showed them. The instrumentation and
 * the processor name them alike, so that both tell of one row. Pure.
 */
import { sameModel } from './vocabulary/models.ts';
import { providerOfModel, sameProvider } from './vocabulary/providers.ts';

const PREFIX = 'inferred:';

/** The chain's name; `known`: the call site, else the model that failed. Whoever reads it must see that nobody declared it. */
export function inferredChain(known: string): string {
  return `${PREFIX}${known}`;
}

/** Whether a chain's name says that nobody declared it. */
export function isInferred(chain: string): boolean {
  return chain.startsWith(PREFIX);
}

/** Where a call went, as far as it is known. */
export interface CallPlace {
  readonly model: string;
  readonly provider?: string | undefined;
  /** Host name or address of the server. */
  readonly address?: string | undefined;
  /** TCP port of the server. */
  readonly port?: number | undefined;
}

/** Bedrock's ids may begin with the region that answers. */
const REGION = /^(us|eu|apac|global|us-gov|jp|au|ca|sa|me|af)\.[a-z0-9]+\./;

/** Whether two calls of one model went to one place: a retry. Another provider, host or region is another target; what is not known tells nothing. */
export function samePlace(a: CallPlace, b: CallPlace): boolean {
  const providers = [a, b].map(({ provider, model }) => provider ?? providerOfModel(model));
  if (differ(providers, sameProvider)) return false;
  if (differ([a.address?.toLowerCase(), b.address?.toLowerCase()])) return false;
  if (a.address !== undefined && differ([a.port, b.port])) return false;
  return !differ([regionOf(a.model), regionOf(b.model)]);
}

/** Whether two calls went to one model at one place. */
export function sameTarget(a: CallPlace, b: CallPlace): boolean {
  return sameModel(a.model, b.model) && samePlace(a, b);
}

/**
 * The targets' names, in the order given: the model. Where two have one model's name, each says its provider in parentheses, or its
 * host where the other has the same provider, or its port, or all of them.
 */
export function targetNames(rungs: readonly CallPlace[]): readonly string[] {
  return rungs.map((rung, index) => {
    const twins = rungs.filter((other, at) => at !== index && other.model === rung.model);
    const label = twins.length === 0 ? undefined : labelOf(rung, twins);
    return label === undefined ? rung.model : `${rung.model} (${label})`;
  });
}

/** The model that a target's name of {@link targetNames} names, without what tells it from its twins. */
export function modelOfTarget(target: string): string {
  return target.replace(/ \([^()]*\)$/, '');
}

function labelOf(rung: CallPlace, twins: readonly CallPlace[]): string | undefined {
  const { provider, address } = rung;
  const isOwnProvider = (known: string): boolean =>
    twins.every((twin) => twin.provider === undefined || !sameProvider(known, twin.provider));
  if (provider !== undefined && isOwnProvider(provider)) return provider;
  if (address !== undefined && twins.every((twin) => twin.address !== address)) return address;
  const host = hostOf(rung);
  if (host !== undefined && twins.every((twin) => hostOf(twin) !== host)) return host;
  return [provider, host].filter((each) => each !== undefined).join(', ') || undefined;
}

function hostOf({ address, port }: CallPlace): string | undefined {
  return port === undefined ? address : `${address}:${port}`;
}

function regionOf(model: string): string | undefined {
  return REGION.exec(model.slice(model.lastIndexOf('/') + 1).toLowerCase())?.[1];
}

const isEqual = <T>(a: T, b: T): boolean => a === b;

/** Both are known, and they are two. */
function differ<T>([a, b]: readonly (T | undefined)[], same: (a: T, b: T) => boolean = isEqual): boolean {
  return a !== undefined && b !== undefined && !same(a, b);
}
