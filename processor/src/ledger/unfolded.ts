/**
 * What commits left since the store was last given it: of each row and chain that they touched, what is other than it was then. A store
 * that keeps commits as they came writes this in their place, and need not read them again.
 */
import { changedFacts, NO_FACTS } from '../analysis/facts.ts';
import type { OwnerChange, RowStanding } from '../types/store.ts';
import type { Live } from './live.ts';
import type { LiveChain, LiveRow } from './owners.ts';

export interface Unfolded {
  readonly owners: readonly OwnerChange[];
  /** The store has it: nothing may be committed between the two. */
  done(): void;
}

export function takeUnfolded({ unfolded }: Live): Unfolded {
  const owners = [...unfolded];
  return {
    owners: owners.map((owner) => ({
      key: owner.key,
      row: standingOf(owner),
      series: [...owner.series.values()].filter((series) => series.unfolded),
      facts: changedFacts(owner.folded?.facts ?? NO_FACTS, owner.facts),
    })),
    done() {
      for (const owner of owners) setFolded(owner);
      unfolded.clear();
    },
  };
}

function standingOf(owner: LiveRow | LiveChain): RowStanding | undefined {
  if (!('state' in owner)) return undefined;
  const { placeholder, state, folded } = owner;
  return folded?.state === state && folded.placeholder === placeholder ? undefined : { placeholder, state };
}

function setFolded(owner: LiveRow | LiveChain): void {
  const { facts, series } = owner;
  owner.folded =
    'state' in owner
      ? { facts, state: owner.state, placeholder: owner.placeholder }
      : { facts, state: undefined, placeholder: false };
  for (const each of series.values()) each.unfolded = false;
}
