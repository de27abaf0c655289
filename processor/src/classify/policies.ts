/** Configured chains, indexed: which policy a chain of a service has. It never looks at spans. */
import { ATTR_GEN_AI_REQUEST_MODEL } from '@warmspare/semconv';
import { glob } from '../base/glob.ts';
import type { ChainPolicy, Policies, Policy, TargetPolicy } from '../types/policy.ts';
import type { ServiceIdentity } from '../types/span.ts';

export interface PolicyIndex {
  readonly policies: Policies;
  /** The most specific configured chain that selects this service; the first of equals. */
  chain(service: ServiceIdentity, chain: string): ChainPolicy | undefined;
  /** Whether a configured `match` claims every call of this service and model, whatever else its span says. */
  claims(service: ServiceIdentity, model: string): boolean;
  /** A target's policy, its chain's, or the defaults: the nearest. */
  target(service: ServiceIdentity, chain: string, target: string): Policy | TargetPolicy;
}

export function createPolicyIndex(policies: Policies): PolicyIndex {
  const byName = new Map<string, ChainPolicy[]>();
  for (const chain of policies.chains) {
    const same = byName.get(chain.name);
    if (same) same.push(chain);
    else byName.set(chain.name, [chain]);
  }
  for (const same of byName.values()) same.sort((a, b) => selectors(b) - selectors(a));

  const chain = (service: ServiceIdentity, name: string): ChainPolicy | undefined =>
    byName.get(name)?.find((candidate) => selects(candidate, service));
  const claims = policies.chains.flatMap((of) => of.targets.flatMap(({ match }) => claimOf(of, match)));
  return {
    policies,
    chain,
    claims: (service, model) => claims.some(({ of, fits }) => selects(of, service) && fits(model)),
    target(service, name, target) {
      const found = chain(service, name);
      return found?.targets.find((candidate) => candidate.name === target) ?? found ?? policies.defaults;
    },
  };
}

/** Whether a configured chain is about this service: an omitted selector matches any. */
export function selects(chain: ChainPolicy, service: ServiceIdentity): boolean {
  return (
    (chain.namespace === undefined || chain.namespace === service.namespace) &&
    (chain.service === undefined || chain.service === service.name) &&
    (chain.environment === undefined || chain.environment === service.environment)
  );
}

/** Of a rule that asks for the model alone. */
function claimOf(
  of: ChainPolicy,
  match: TargetPolicy['match'],
): readonly { readonly of: ChainPolicy; readonly fits: (model: string) => boolean }[] {
  const { [ATTR_GEN_AI_REQUEST_MODEL]: model, ...others } = match ?? {};
  return model === undefined || Object.keys(others).length > 0 ? [] : [{ of, fits: glob(model) }];
}

function selectors(chain: ChainPolicy): number {
  return [chain.namespace, chain.service, chain.environment].filter((part) => part !== undefined).length;
}
