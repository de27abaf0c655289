/** Calls that no chain claims go in, a start for `chains:` of the configuration comes out, to be pasted and finished by hand. */
import { ATTR_GEN_AI_REQUEST_MODEL, sameModel } from '@warmspare/semconv';
import { stringify } from 'yaml';
import { shownOutput } from '../base/shown-text.ts';
import type { TargetSnapshot, UnassignedSnapshot } from '../types/snapshot.ts';

/** Models in one proposed chain; the first of them. */
const TARGETS_A_CHAIN = 5;
/** Where a service called one model only, the rung that is to be named. */
const TO_BE_NAMED = { name: 'its-fallback', type: 'fallback' };

interface Model {
  /** Its aliases and dated snapshots. */
  readonly names: string[];
  calls: number;
}

/**
 * YAML that `warmspare check-config` takes: one chain a service, its models in the order in which traces showed them to stand in for
 * each other, or that they may, then by number of calls; the first as the primary. Calls without a model cannot be matched and are left out.
 */
export function unassignedSnippet(
  unassigned: readonly UnassignedSnapshot[],
  targets: readonly TargetSnapshot[] = [],
): string {
  const named = unassigned.filter(({ requestModel }) => !isBlank(requestModel));
  const services = Map.groupBy(named, ({ service }) => JSON.stringify(selectorsOf(service)));
  // A chain without a namespace is about every namespace: it must not come before one that says which.
  const chains = [...services.values()]
    .map((calls) => chainOf(calls, targets))
    .sort((a, b) => Object.keys(b).length - Object.keys(a).length);
  if (chains.length === 0) return '# No unassigned call names a model.\n';
  return shownOutput(named.flatMap(possibleFallback).join('') + yamlOf({ chains }));
}

/** Quoted where a text has what must not be shown as it is: there YAML reads the escapes. */
function yamlOf(value: object): string {
  const text = stringify(value, { flowCollectionPadding: true });
  if (shownOutput(text) === text) return text;
  return stringify(value, { flowCollectionPadding: true, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' });
}

/** Said in a comment: whoever pastes the chain decides. */
function possibleFallback({ requestModel, insteadOf }: UnassignedSnapshot): string[] {
  if (insteadOf === undefined) return [];
  const [fallback, primary] = [requestModel, insteadOf].map((model) => escaped(JSON.stringify(model)));
  return [
    `# Possible fallback: ${fallback} answered in place of ${primary}; whether it did the same job is not known.\n`,
  ];
}

function chainOf(calls: readonly UnassignedSnapshot[], targets: readonly TargetSnapshot[]): object {
  const service = calls[0]?.service ?? { namespace: '', name: '', environment: '' };
  const selectors = selectorsOf(service);
  const inferred = targets.filter(
    (target) => target.inferred && JSON.stringify(selectorsOf(target.service)) === JSON.stringify(selectors),
  );
  const models = modelsOf(calls)
    .map((model) => ({ ...model, rank: Math.min(rankOf(model, inferred), possibleRankOf(model, calls)) }))
    .sort((a, b) => a.rank - b.rank || b.calls - a.calls || compare(nameOf(a), nameOf(b)));
  const rungs = models.slice(0, TARGETS_A_CHAIN).map((model, rank) => ({
    name: escaped(nameOf(model)),
    type: rank === 0 ? 'primary' : 'fallback',
    match: { [ATTR_GEN_AI_REQUEST_MODEL]: escaped(globOf(model, models)) },
  }));
  return {
    name: `${selectors.service ?? 'unnamed'}-chain`,
    ...selectors,
    targets: rungs.length === 1 ? [...rungs, TO_BE_NAMED] : rungs,
  };
}

/** An alias and its snapshots are one model: the one is asked for, the other serves. */
function modelsOf(calls: readonly UnassignedSnapshot[]): readonly Model[] {
  const models: Model[] = [];
  for (const { requestModel = '', calls: count } of calls) {
    const known = models.find(({ names }) => names.some((name) => sameModel(name, requestModel)));
    if (!known) models.push({ names: [requestModel], calls: count });
    else {
      known.calls += count;
      if (!known.names.includes(requestModel)) known.names.push(requestModel);
    }
  }
  return models;
}

/** The alias, which is the shortest. */
function nameOf({ names }: Model): string {
  return names.reduce((a, b) => (b.length < a.length || (b.length === a.length && b < a) ? b : a));
}

/** What every name of the model matches, where no other model does; else its alias. */
function globOf(model: Model, models: readonly Model[]): string {
  const alias = nameOf(model);
  const plain = alias.replace(/[*?]/g, '?');
  const others = models.filter(({ names }) => names !== model.names).flatMap(({ names }) => names);
  const isPrefix = model.names.every((name) => name.startsWith(alias));
  return model.names.length > 1 && isPrefix && !others.some((name) => name.startsWith(alias)) ? `${plain}*` : plain;
}

function rankOf({ names }: Model, inferred: readonly TargetSnapshot[]): number {
  const ranks = inferred.filter(({ target }) => names.includes(target)).map(({ rank }) => rank);
  return Math.min(...ranks.map((rank) => rank ?? TARGETS_A_CHAIN), TARGETS_A_CHAIN);
}

/** A model that failed comes before one that may have stood in for it. */
function possibleRankOf({ names }: Model, calls: readonly UnassignedSnapshot[]): number {
  const isNamed = (name: string | undefined): boolean => name !== undefined && names.includes(name);
  if (calls.some(({ insteadOf }) => isNamed(insteadOf))) return 0;
  return calls.some(({ requestModel, insteadOf }) => insteadOf !== undefined && isNamed(requestModel))
    ? 1
    : TARGETS_A_CHAIN;
}

function selectorsOf({ namespace, name, environment }: UnassignedSnapshot['service']): {
  readonly namespace?: string;
  readonly service?: string;
  readonly environment?: string;
} {
  return {
    ...(!isBlank(namespace) && { namespace: escaped(namespace) }),
    ...(!isBlank(name) && { service: escaped(name) }),
    ...(!isBlank(environment) && { environment: escaped(environment) }),
  };
}

/** A configuration reads `$` as a reference to the environment. */
function escaped(text: string): string {
  return text.replaceAll('$', '$$$$');
}

const isBlank = (text: string | undefined): boolean => text === undefined || text.trim() === '';

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
