/** The keys of records as texts. */
import type { ChainRecord, RowKey, UnassignedKey, WatermarkRecord } from '../types/store.ts';

type ServiceKey = Omit<WatermarkRecord, 'at'>;

export const serviceId = ({ namespace, service, environment }: ServiceKey): string =>
  `${namespace}\0${service}\0${environment}`;
export const chainId = (key: Omit<ChainRecord, 'announcedAt'>): string => `${serviceId(key)}\0${key.chain}`;
export const rowId = (key: RowKey): string => `${chainId(key)}\0${key.target}\0${key.routeType}`;
export const unassignedId = (key: UnassignedKey): string => `${serviceId(key)}\0${key.provider}\0${key.requestModel}`;
