/** Who a row is: its key and the attributes that its points carry. Absent namespace, environment or name is an empty string and no attribute. */
import {
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_OTEL_METRIC_OVERFLOW,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  type RouteType,
} from '@warmspare/semconv';
import type { MetricAttributes } from '../types/metric.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';

/** Service, chain and target of the row that everything past the caps folds into. */
export const OVERFLOW_SERVICE: ServiceIdentity = { namespace: '', name: '', environment: '' };
export const OVERFLOW_KEY: RowKey = { ...keyParts(OVERFLOW_SERVICE), chain: '', target: '', routeType: '' };

export function rowKey(service: ServiceIdentity, chain: string, target: string, routeType: RouteType | ''): RowKey {
  return { ...keyParts(service), chain, target, routeType };
}

export function serviceId(service: ServiceIdentity): string {
  return `${service.namespace}\0${service.name}\0${service.environment}`;
}

export function rowId(key: RowKey): string {
  return `${chainId(key)}\0${key.target}\0${key.routeType}`;
}

export function chainId(key: Omit<RowKey, 'target' | 'routeType'>): string {
  return `${key.namespace}\0${key.service}\0${key.environment}\0${key.chain}`;
}

/** Of calls that no chain claims. */
export function unassignedId(call: {
  readonly service: ServiceIdentity;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
}): string {
  return `${serviceId(call.service)}\0${call.provider ?? ''}\0${call.requestModel ?? ''}`;
}

export function serviceOf(key: { namespace: string; service: string; environment: string }): ServiceIdentity {
  return { namespace: key.namespace, name: key.service, environment: key.environment };
}

export function isOverflow(key: RowKey): boolean {
  return key.chain === '';
}

export function serviceAttributes(service: ServiceIdentity): Record<string, string | boolean> {
  const attributes: Record<string, string> = {};
  if (service.namespace !== '') attributes[ATTR_SERVICE_NAMESPACE] = service.namespace;
  if (service.name !== '') attributes[ATTR_SERVICE_NAME] = service.name;
  if (service.environment !== '') attributes[ATTR_DEPLOYMENT_ENVIRONMENT_NAME] = service.environment;
  return attributes;
}

/** The labels of a row, of a chain (no target), or of the overflow row. */
export function rowAttributes(key: RowKey): MetricAttributes {
  if (isOverflow(key)) return { [ATTR_OTEL_METRIC_OVERFLOW]: true };
  const attributes = serviceAttributes(serviceOf(key));
  attributes[ATTR_LLM_FALLBACK_CHAIN_NAME] = key.chain;
  if (key.routeType === '') return attributes;
  attributes[ATTR_LLM_FALLBACK_TARGET_NAME] = key.target;
  attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE] = key.routeType;
  return attributes;
}

function keyParts(service: ServiceIdentity): Pick<RowKey, 'namespace' | 'service' | 'environment'> {
  return { namespace: service.namespace, service: service.name, environment: service.environment };
}

export const OVERFLOW_ID: string = rowId(OVERFLOW_KEY);
