/** Calls that no chain claims go in, a start for `chains:` of the configuration comes out, to be pasted and finished by hand. */
import { ATTR_GEN_AI_REQUEST_MODEL } from '@warmspare/semconv';
import { stringify } from 'yaml';
import type { UnassignedSnapshot } from '../types/snapshot.ts';

/** Models in one proposed chain; the ones called most. */
const TARGETS_A_CHAIN = 5;

/**
 * YAML that `warmspare check-config` takes: one chain a service, its models by number of calls, the one called most as the primary.
 * Which model stands in for which only its reader knows. Calls without a model cannot be matched and are left out.
 */
export function unassignedSnippet(unassigned: readonly UnassignedSnapshot[]): string {
  const named = unassigned.filter(({ requestModel }) => requestModel !== undefined);
  const services = Map.groupBy(named, ({ service }) => `${service.namespace}\0${service.name}\0${service.environment}`);
  const chains = [...services.values()].map((calls) => chainOf(calls));
  return chains.length === 0
    ? '# No unassigned call names a model.\n'
    : stringify({ chains }, { flowCollectionPadding: true });
}

function chainOf(calls: readonly UnassignedSnapshot[]): object {
  const [first] = calls;
  const { namespace = '', name = '', environment = '' } = first?.service ?? {};
  const byModel = new Map<string, number>();
  for (const { requestModel = '', calls: count } of calls)
    byModel.set(requestModel, (byModel.get(requestModel) ?? 0) + count);
  const models = [...byModel].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, TARGETS_A_CHAIN);
  return {
    name: `${name === '' ? 'unnamed' : name}-chain`,
    ...(namespace !== '' && { namespace }),
    ...(name !== '' && { service: name }),
    ...(environment !== '' && { environment }),
    targets: models.map(([model], rank) => ({
      name: model,
      type: rank === 0 ? 'primary' : 'fallback',
      match: { [ATTR_GEN_AI_REQUEST_MODEL]: model.replace(/[*?]/g, '?') },
    })),
  };
}
