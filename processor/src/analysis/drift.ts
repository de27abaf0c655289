/** What the history of a contract's part says: which revision is current, which was in force when, what changed since, whether it is worth a word. */
import type { ContractPart } from '@warmspare/semconv';
import type { PartHistory, Revision } from '../types/facts.ts';
import type { ContractPartSnapshot, DriftSnapshot, RevisionSnapshot } from '../types/snapshot.ts';
import { compareSightings, compareText } from './mutable-sighting.ts';

/** By first sighting, oldest first. */
export function revisionsOf(history: PartHistory | undefined): readonly RevisionSnapshot[] {
  return Object.entries(history?.revisions ?? {})
    .map(([revision, { firstSeen, lastSeen }]) => ({ revision, firstSeen, lastSeen }))
    .sort((a, b) => compareSightings(a.firstSeen, b.firstSeen) || compareText(a.revision, b.revision));
}

/** One part of a contract, as its history shows it. */
export function partOf(part: ContractPart, history: PartHistory): ContractPartSnapshot {
  const { forgottenAt } = history;
  const revisions = revisionsOf(history);
  const current = currentOf(revisions)?.revision;
  return { part, current, revisions, unstable: isUnstable(revisions), ...(forgottenAt > 0 && { forgottenAt }) };
}

/**
 * The revisions seen after `since` (epoch ms), newest first, without the one then in force: of those seen both before and after,
 * the one first seen latest, so that a rolling deploy flips once; else the one seen last before; else the first one after, unless
 * what was in force is no longer known. Only first and last sightings are kept: one that came back is taken for in force throughout,
 * so a rollback is told where what it replaced was seen once more after the success, as it is under any traffic.
 */
export function driftSince({ part, revisions, forgottenAt = 0 }: ContractPartSnapshot, since: number): DriftSnapshot {
  const inForce = inForceAt(revisions, since, forgottenAt);
  const drifted = revisions.filter((each) => each !== inForce && each.lastSeen > since).reverse();
  return { part, revisions: drifted, ...(forgottenAt > since && { atLeast: true as const }) };
}

/** How long after its last sighting a revision may still be in use, in ms: a rollout is over after that. */
const ROLLOUT = 60 * 60 * 1000;

/**
 * The revision first seen latest, so that a rolling deploy flips once. One that was rolled back is not it for ever: it must have been
 * seen within an hour of the newest sighting of any.
 */
function currentOf(revisions: readonly RevisionSnapshot[]): RevisionSnapshot | undefined {
  const newest = Math.max(0, ...revisions.map(({ lastSeen }) => lastSeen));
  return revisions.findLast(({ lastSeen }) => lastSeen >= newest - ROLLOUT);
}

/** When the current revision came, or came back (no earlier than what it replaced was seen last), in epoch ms; 0 where it is the first. */
export function changedAt(revisions: readonly RevisionSnapshot[]): number {
  const current = currentOf(revisions);
  if (!current || revisions.length === 1) return 0;
  const rolledBack = revisions.slice(revisions.indexOf(current) + 1).map(({ lastSeen }) => lastSeen);
  return Math.max(current.firstSeen.at, ...rolledBack);
}

/** Newest revisions that tell whether a part is stable. */
const SAMPLE = 8;
/** So many revisions that are in use longer than a rollout lasts take turns; two may be a rollback. */
const TAKING_TURNS = 3;

/**
 * Whether the part changes on most calls, as a prompt does that has the time of day or the customer's name in it: its revisions are
 * new each time, or take turns.
 */
export function isUnstable(revisions: readonly RevisionSnapshot[]): boolean {
  return isNewEachTime(revisions.slice(-SAMPLE)) || doTakeTurns(revisions);
}

/**
 * More than half of the eight newest revisions were seen in a single call, and the newest has not lived longer than it took the
 * eight to appear: once one stays for so long, the part is stable again.
 */
function isNewEachTime(newest: readonly RevisionSnapshot[]): boolean {
  const current = newest.at(-1);
  const oldest = newest[0];
  if (newest.length < SAMPLE || !current || !oldest) return false;
  const once = newest.filter(({ firstSeen, lastSeen }) => firstSeen.at === lastSeen).length;
  const appeared = current.firstSeen.at - oldest.firstSeen.at;
  return once > SAMPLE / 2 && current.lastSeen - current.firstSeen.at <= appeared;
}

/** Several were seen within the last hour, and first before it. */
function doTakeTurns(revisions: readonly RevisionSnapshot[]): boolean {
  const begin = Math.max(0, ...revisions.map(({ lastSeen }) => lastSeen)) - ROLLOUT;
  return revisions.filter((each) => each.firstSeen.at < begin && each.lastSeen >= begin).length >= TAKING_TURNS;
}

function inForceAt(revisions: readonly RevisionSnapshot[], at: number, forgottenAt: number): Revision | undefined {
  const before = revisions.filter(({ firstSeen }) => firstSeen.at <= at);
  const spanning = before.filter(({ lastSeen }) => lastSeen >= at);
  if (spanning.length > 0) return spanning.at(-1);
  if (before.length === 0) return forgottenAt > 0 ? undefined : revisions[0];
  return before.reduce((last, each) => (each.lastSeen > last.lastSeen ? each : last));
}
