/** Resource attributes in, the one ServiceIdentity object for their triple out. Bounded in number and length. */

import {
  ATTR_DEPLOYMENT_ENVIRONMENT,
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
} from '@warmspare/semconv';
import { cut } from '../base/texts.ts';
import type { AttributeValue, ServiceIdentity } from '../types/span.ts';

/** The resource attributes that an identity is read from. */
export const IDENTITY_NAMES: readonly string[] = [
  ATTR_SERVICE_NAMESPACE,
  ATTR_SERVICE_NAME,
  ATTR_DEPLOYMENT_ENVIRONMENT_NAME,
  ATTR_DEPLOYMENT_ENVIRONMENT,
];

/** All are forgotten past it: nothing is lost, and no counter tells. */
const MAX_IDENTITIES = 10_000;
const MAX_PART_LENGTH = 255;
/** What the SDK specification puts where no name is configured; here also where the attribute is missing. */
const UNKNOWN_SERVICE = 'unknown_service';

export interface Identities {
  /** `values` by the slots of {@link IDENTITY_NAMES}. */
  of(
    namespace: AttributeValue | undefined,
    name: AttributeValue | undefined,
    environment: AttributeValue | undefined,
    oldEnvironment: AttributeValue | undefined,
  ): ServiceIdentity;
}

export function createIdentities(): Identities {
  const known = new Map<string, ServiceIdentity>();
  let last: readonly [unknown, unknown, unknown, unknown, ServiceIdentity] | undefined;

  const find: Identities['of'] = (namespace, name, environment, oldEnvironment) => {
    const identity: ServiceIdentity = {
      namespace: part(namespace),
      name: part(name) || UNKNOWN_SERVICE,
      environment: part(environment) || part(oldEnvironment),
    };
    const key = JSON.stringify([identity.namespace, identity.name, identity.environment]);
    const before = known.get(key);
    if (before !== undefined) return before;
    // Identity is an optimisation downstream: forgetting costs one lookup a service.
    if (known.size >= MAX_IDENTITIES) known.clear();
    known.set(key, identity);
    return identity;
  };

  return {
    of(namespace, name, environment, oldEnvironment) {
      // Groups of one service come one after the other.
      if (last && last[0] === namespace && last[1] === name && last[2] === environment && last[3] === oldEnvironment)
        return last[4];
      const identity = find(namespace, name, environment, oldEnvironment);
      last = [namespace, name, environment, oldEnvironment, identity];
      return identity;
    },
  };
}

function part(value: AttributeValue | undefined): string {
  if (value === undefined || typeof value === 'object') return '';
  const text = String(value);
  return cut(text, MAX_PART_LENGTH);
}
