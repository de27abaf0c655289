/** The address of a page goes in, which rows to show comes out; and back again for links. Never trusts a value that it does not know. */
import type { TargetSnapshot, TargetState } from '../../types/snapshot.ts';
import { STATES } from '../urgency.ts';

/** What the overview is narrowed to; `undefined` is any. */
export interface OverviewQuery {
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly state: TargetState | undefined;
  /** A part of the chain's or a target's name, in any case. */
  readonly named: string | undefined;
  /** From 1. */
  readonly page: number;
}

/** Reads `?service=&environment=&state=&named=&page=`; an empty or unknown value narrows nothing. */
export function readOverviewQuery(parameters: Readonly<Record<string, string | undefined>>): OverviewQuery {
  const page = Number(parameters.page);
  return {
    service: parameters.service || undefined,
    environment: parameters.environment || undefined,
    state: STATES.find((state) => state === parameters.state),
    named: parameters.named || undefined,
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** The overview's address for a query. */
export function overviewHref({ service, environment, state, named, page }: OverviewQuery): string {
  const parameters = new URLSearchParams();
  if (service !== undefined) parameters.set('service', service);
  if (environment !== undefined) parameters.set('environment', environment);
  if (state !== undefined) parameters.set('state', state);
  if (named !== undefined) parameters.set('named', named);
  if (page > 1) parameters.set('page', String(page));
  const text = parameters.toString();
  return text === '' ? '/' : `/?${text}`;
}

/** Which chain of which service a chain page is about. */
export interface ChainQuery {
  readonly chain: string;
  readonly namespace: string;
  readonly service: string;
  readonly environment: string;
}

/** Which target of which chain a target page is about. */
export interface TargetQuery extends ChainQuery {
  readonly target: string;
  readonly routeType: string;
}

/** Reads `?name=&namespace=&service=&environment=`. */
export const readChainQuery = (parameters: Readonly<Record<string, string | undefined>>): ChainQuery => ({
  chain: parameters.name ?? '',
  namespace: parameters.namespace ?? '',
  service: parameters.service ?? '',
  environment: parameters.environment ?? '',
});

/** Reads `?name=&target=&type=&namespace=&service=&environment=`. */
export const readTargetQuery = (parameters: Readonly<Record<string, string | undefined>>): TargetQuery => ({
  ...readChainQuery(parameters),
  target: parameters.target ?? '',
  routeType: parameters.type ?? '',
});

/** The address of a target's chain. */
export function chainHref(target: Pick<TargetSnapshot, 'chain' | 'service'>): string {
  return `/chain?${chainParameters(target).toString()}`;
}

/** The address of a target's own page. */
export function targetHref(target: Pick<TargetSnapshot, 'chain' | 'service' | 'target' | 'routeType'>): string {
  const parameters = chainParameters(target);
  parameters.set('target', target.target);
  parameters.set('type', target.routeType);
  return `/target?${parameters.toString()}`;
}

/** The same as {@link chainHref}, as JSON. */
export function chainJson(target: Pick<TargetSnapshot, 'chain' | 'service'>): string {
  return `/status.json?${jsonParameters(target).toString()}`;
}

/** The same as {@link targetHref}, as JSON. */
export function targetJson(target: Pick<TargetSnapshot, 'chain' | 'service' | 'target'>): string {
  const parameters = jsonParameters(target);
  parameters.set('target', target.target);
  return `/status.json?${parameters.toString()}`;
}

function jsonParameters(target: Pick<TargetSnapshot, 'chain' | 'service'>): URLSearchParams {
  const { name, ...service } = Object.fromEntries(chainParameters(target));
  return new URLSearchParams({ chain: name ?? '', ...service });
}

function chainParameters({ chain, service }: Pick<TargetSnapshot, 'chain' | 'service'>): URLSearchParams {
  const parameters = new URLSearchParams({ name: chain });
  if (service.namespace !== '') parameters.set('namespace', service.namespace);
  if (service.name !== '') parameters.set('service', service.name);
  if (service.environment !== '') parameters.set('environment', service.environment);
  return parameters;
}

/** Whether a row belongs to the chain. */
export const isOfChain = ({ chain, service }: Pick<TargetSnapshot, 'chain' | 'service'>, query: ChainQuery): boolean =>
  chain === query.chain &&
  service.namespace === query.namespace &&
  service.name === query.service &&
  service.environment === query.environment;
