/** Folds one batch's delta, or one retirement, into a commit in the making: caps, tombstones and templates are minded here. */
import type { RouteType } from '@warmspare/semconv';
import { mergeFacts, NO_FACTS } from '../analysis/facts.ts';
import type { PolicyIndex } from '../classify/policies.ts';
import type { TargetList } from '../types/evidence.ts';
import type { Limits, RetireSelector } from '../types/pipeline.ts';
import type { ServiceIdentity } from '../types/span.ts';
import type { RowKey } from '../types/store.ts';
import type { Census } from './census.ts';
import { foldChainFacts } from './chain-facts.ts';
import { isJustHeard } from './heard.ts';
import { chainId, isOverflow, OVERFLOW_ID, OVERFLOW_KEY, rowId, serviceAttributes, serviceId } from './identity.ts';
import type { ChainDelta, Delta } from './stage.ts';
import { type RowDelta, StagedRow } from './staged-row.ts';
import { declareTemplate } from './templates.ts';
import { foldUnassigned } from './unassigned.ts';
import {
  addSeries,
  dropNewChain,
  putChain,
  putRow,
  removeChain,
  removeRow,
  tombstoneAt,
  type Work,
  type WorkChain,
  workChain,
  workRow,
} from './work.ts';

export interface FoldContext {
  readonly policies: PolicyIndex;
  readonly limits: Limits;
  readonly census: Census;
  readonly chains: Census;
}

export function foldDelta(work: Work, delta: Delta, context: FoldContext): void {
  for (const chain of delta.chains) foldChain(work, chain, delta.receivedAt, context);
  for (const row of delta.rows) foldRow(work, row, context);
  dropRetired(work, delta.chains);
  const relevant = new Set([...delta.chains, ...delta.unassigned].map(({ service }) => service));
  for (const { service, at } of delta.watermarks) {
    foldWatermark(work, service, at, relevant.has(service) ? context.limits.services : 0);
  }
  for (const call of delta.unassigned) foldUnassigned(work, call, context.limits.unassigned);
  work.overflow.unassigned += delta.unlisted;
}

/** Removes the rows that match and leaves tombstones; returns how many. */
export function foldRetirement(work: Work, selector: RetireSelector, at: number): number {
  const chains = new Set<string>();
  let retired = 0;
  for (const id of new Set([...work.live.rows.keys(), ...work.rows.keys()])) {
    const row = workRow(work, id);
    if (!row || !isSelected(row.live.key, selector)) continue;
    removeRow(work, id);
    work.tombstones.set(id, { key: row.live.key, at });
    chains.add(chainId(row.live.key));
    retired++;
  }
  for (const id of new Set([...work.live.rows.keys(), ...work.rows.keys()])) {
    const row = workRow(work, id);
    if (row) chains.delete(chainId(row.live.key));
  }
  for (const id of chains) removeChain(work, id);
  return retired;
}

function foldChain(work: Work, delta: ChainDelta, receivedAt: number, context: FoldContext): void {
  const { policies } = context;
  if (!workChain(work, delta.id)) {
    if (!context.chains.admits(delta.service, delta.key)) {
      work.overflow.chains++;
      return;
    }
    context.chains.opened(delta.service, delta.key);
  }
  const chain = putChain(work, delta.key, delta.id, receivedAt);
  for (const { targets } of delta.heard) hear(chain, targets, receivedAt, receivedAt);
  for (const { targets, newestAt } of delta.heardBefore) {
    // Meanwhile another list may have been announced, or a row have left.
    const isKnown = isJustHeard(chain.heard, targets, receivedAt) && work.removals.size === 0;
    hear(chain, targets, receivedAt, isKnown ? (chain.heard?.at ?? receivedAt) : receivedAt);
    if (isKnown) continue;
    for (const [rank, { name, type }] of targets.entries()) {
      const row = new StagedRow(...rowOf(delta, name, type), delta.service, 0);
      row.announce(rank);
      row.announcedAt(newestAt);
      foldRow(work, row.seal(receivedAt), context);
    }
  }
  for (const series of delta.series) addSeries(chain, series, receivedAt);
  work.overflow.chain_breakers += foldChainFacts(chain, delta, receivedAt);
  const template = policies.chain(delta.service, delta.key.chain);
  if (template && chain.template !== template) declareTemplate(work, chain, template, receivedAt);
}

/** The newest announcement counts; of two lists at one time neither. */
function hear(chain: WorkChain, targets: TargetList, announcedAt: number, at: number): void {
  if (announcedAt < chain.announcedAt) return;
  const isNewest = announcedAt > chain.announcedAt || chain.heard?.targets === targets;
  chain.heard = isNewest ? { targets, at } : undefined;
  chain.announcedAt = announcedAt;
}

function rowOf(chain: ChainDelta, target: string, routeType: RouteType): [RowKey, string] {
  const key: RowKey = { ...chain.key, target, routeType };
  return [key, rowId(key)];
}

function foldRow(work: Work, delta: RowDelta, context: FoldContext): void {
  if (isOverflow(delta.key)) {
    foldOverflow(work, delta);
    return;
  }
  const { id } = delta;
  const retiredAt = tombstoneAt(work, id);
  if (retiredAt !== undefined && delta.newestAnnouncement <= retiredAt && !workRow(work, id)) {
    // The list was not taken to all of its rows: the next announcement is.
    const chain = workChain(work, chainId(delta.key));
    if (chain) chain.heard = undefined;
    return;
  }
  if (!workRow(work, id)) {
    if (!context.census.admits(delta.service, delta.key)) {
      foldOverflow(work, delta);
      return;
    }
    context.census.opened(delta.service, delta.key);
  }
  const row = putRow(work, delta.key, id, delta.state);
  for (const series of delta.series) addSeries(row, series, row.state.declaredAt);
  if (delta.facts !== NO_FACTS) row.facts = mergeFacts(row.facts, delta.facts);
}

/** New chains of which each row that was ever told of is retired. */
function dropRetired(work: Work, deltas: readonly ChainDelta[]): void {
  if (work.live.tombstones.size + work.tombstones.size === 0) return;
  const fresh = deltas.filter(
    ({ id, service, key }) =>
      work.chains.get(id)?.isNew && (work.live.places.of(service).get(key.chain)?.rows.size ?? 0) === 0,
  );
  if (fresh.length === 0) return;
  const withRows = new Set([...work.rows.keys()].filter((row) => workRow(work, row)).map(chainOfRow));
  const retired = new Set([...work.live.tombstones.keys(), ...work.tombstones.keys()].map(chainOfRow));
  for (const { id } of fresh) if (!withRows.has(id) && retired.has(id)) dropNewChain(work, id);
}

/** The id of a row is that of its chain, its target and its type. */
const chainOfRow = (row: string): string => row.split('\0').slice(0, 4).join('\0');

/** Counters only: the newest success of many targets would say nothing of any. */
function foldOverflow(work: Work, delta: RowDelta): void {
  work.overflow.rows++;
  const row = putRow(work, OVERFLOW_KEY, OVERFLOW_ID, { ...delta.state, rank: undefined, evidence: {} });
  for (const series of delta.series) addSeries(row, series, row.state.declaredAt);
}

/** A service is worth a watermark once it made an LLM call; from then on any of its spans moves it. */
function foldWatermark(work: Work, service: ServiceIdentity, at: number, cap: number): void {
  const id = serviceId(service);
  const known = work.watermarks.get(id) ?? work.live.watermarks.get(id);
  if (known && known.at >= at) return;
  if (!known) {
    if (work.live.watermarks.size + work.opened.services >= cap) {
      if (cap > 0) work.overflow.services++;
      return;
    }
    work.opened.services++;
  }
  work.watermarks.set(id, { service, attributes: known?.attributes ?? serviceAttributes(service), at });
}

function isSelected(key: RowKey, selector: RetireSelector): boolean {
  return (
    !isOverflow(key) &&
    key.chain === selector.chain &&
    key.target === selector.target &&
    (selector.routeType === undefined || selector.routeType === key.routeType) &&
    (selector.namespace === undefined || selector.namespace === key.namespace) &&
    (selector.service === undefined || selector.service === key.service) &&
    (selector.environment === undefined || selector.environment === key.environment)
  );
}
