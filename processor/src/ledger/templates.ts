/** Configured chains as templates: rows for every service seen on the chain, placeholders until one is, leftovers removed. */
import { isInferred, modelOfTarget } from '@warmspare/semconv';
import type { PolicyIndex } from '../classify/policies.ts';
import { selects } from '../classify/policies.ts';
import type { ChainPolicy, Policies } from '../types/policy.ts';
import type { RowKey, RowState } from '../types/store.ts';
import { chainId, rowId } from './identity.ts';
import {
  type PendingChain,
  pendingChain,
  pendingRow,
  putRow,
  removeChain,
  removeRow,
  type Transaction,
  tombstoneAt,
} from './transaction.ts';

/**
 * Declares the template's targets for one service's chain. The first service inherits the time of the placeholder rows, which
 * leave; a retired target stays retired.
 */
export function declareTemplate(
  transaction: Transaction,
  chain: PendingChain,
  template: ChainPolicy,
  at: number,
): void {
  chain.template = template;
  const placeholders = placeholderKeys(template);
  for (const [rank, target] of template.targets.entries()) {
    const key: RowKey = { ...chain.live.key, target: target.name, routeType: target.type };
    const id = rowId(key);
    const placeholderId = placeholders[rank] ? rowId(placeholders[rank]) : id;
    const placeholder = pendingRow(transaction, placeholderId);
    const declaredAt = placeholder?.placeholder ? Math.min(at, placeholder.state.declaredAt) : at;
    if ((tombstoneAt(transaction, id) ?? tombstoneAt(transaction, placeholderId)) === undefined) {
      const known = pendingRow(transaction, id);
      if (!known || known.placeholder) putRow(transaction, key, id, configuredState(rank, declaredAt));
    }
    if (placeholder?.placeholder && placeholderId !== id) removeRow(transaction, placeholderId);
  }
}

/** Brings rows in line with a configuration that is new, or new to this process. */
export function reconcileTemplates(transaction: Transaction, policies: PolicyIndex, at: number): void {
  const matched = new Set<ChainPolicy>();
  for (const [id, { service, key }] of transaction.live.chains) {
    const template = policies.chain(service, key.chain);
    const chain = template && pendingChain(transaction, id);
    if (!chain) continue;
    matched.add(template);
    if (chain.template !== template) declareTemplate(transaction, chain, template, at);
  }
  dropClaimed(transaction, policies);
  const wanted = putPlaceholders(transaction, policies.policies, matched, at);
  for (const [id, live] of transaction.live.rows) {
    // Most rows stay as they are: only those that do not are made part of the commit.
    const { placeholder, state } = transaction.rows.get(id) ?? live;
    const isOrphan = placeholder ? !wanted.has(id) : isLeftover(live.key, state, policies);
    if (isOrphan) removeRow(transaction, id);
  }
}

/** What nobody had declared, and the configuration now claims: such calls go to the chain that it names. */
function dropClaimed(transaction: Transaction, policies: PolicyIndex): void {
  for (const [id, { service, requestModel }] of transaction.live.unassigned) {
    if (requestModel !== undefined && policies.claims(service, requestModel)) transaction.unassigned.set(id, undefined);
  }
  const inferred = [...transaction.live.rows.values()].filter(({ key }) => isInferred(key.chain));
  for (const [id, rows] of Map.groupBy(inferred, ({ key }) => chainId(key))) {
    if (!rows.every(({ service, key }) => policies.claims(service, modelOfTarget(key.target)))) continue;
    for (const { key } of rows) removeRow(transaction, rowId(key));
    removeChain(transaction, id);
  }
}

function putPlaceholders(
  transaction: Transaction,
  policies: Policies,
  matched: Set<ChainPolicy>,
  at: number,
): Set<string> {
  const wanted = new Set<string>();
  for (const template of policies.chains) {
    if (matched.has(template)) continue;
    for (const [rank, key] of placeholderKeys(template).entries()) {
      const id = rowId(key);
      if (tombstoneAt(transaction, id) !== undefined || isRetiredSomewhere(transaction, template, key)) continue;
      wanted.add(id);
      if (!pendingRow(transaction, id)) putRow(transaction, key, id, configuredState(rank, at), true);
    }
  }
  return wanted;
}

/** Only configuration knew it, and no longer does: nothing but a configured match ever named it. */
function isLeftover(key: RowKey, state: RowState, policies: PolicyIndex): boolean {
  if (state.seenAt > 0 || key.chain === '') return false;
  const service = { namespace: key.namespace, name: key.service, environment: key.environment };
  const targets = policies.chain(service, key.chain)?.targets ?? [];
  return !targets.some(({ name, type }) => name === key.target && type === key.routeType);
}

/** A service was seen on the template and its row retired: a placeholder would bring it back. */
function isRetiredSomewhere(transaction: Transaction, template: ChainPolicy, key: RowKey): boolean {
  for (const id of transaction.live.tombstones.keys()) {
    const [namespace = '', name = '', environment = '', chain, target, routeType] = id.split('\0');
    if (chain !== key.chain || target !== key.target || routeType !== key.routeType) continue;
    if (!pendingRow(transaction, id) && selects(template, { namespace, name, environment })) return true;
  }
  return false;
}

function placeholderKeys(template: ChainPolicy): RowKey[] {
  return template.targets.map(({ name, type }) => ({
    namespace: template.namespace ?? '',
    service: template.service ?? '',
    environment: template.environment ?? '',
    chain: template.name,
    target: name,
    routeType: type,
  }));
}

function configuredState(rank: number, declaredAt: number): RowState {
  return { rank, declaredAt, announcedAt: 0, seenAt: 0, evidence: {} };
}
