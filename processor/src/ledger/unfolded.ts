/**
 * What commits left since the store was last given it: of each row and chain that they touched, what is other than it was then. A store
 * that keeps commits as they came writes this in their place, and need not read them again.
 */
import { changedFacts } from '../analysis/facts.ts';
import type { OwnerRecord, RowStanding } from '../types/store.ts';
import type { Live } from './live.ts';
import type { Folded, LiveChain, LiveRow } from './owners.ts';

export interface Unfolded {
  /** Made one by one as they are taken: of many rows, all at once would be more than the ledger itself. */
  readonly owners: Iterable<OwnerRecord>;
  /** The store has it: nothing may be committed between the two. */
  done(): void;
}

export function takeUnfolded({ unfolded }: Live): Unfolded {
  return {
    owners: changesOf(unfolded),
    done() {
      for (const owner of unfolded) setFolded(owner);
      unfolded.clear();
    },
  };
}

function* changesOf(owners: Iterable<LiveRow | LiveChain>): Iterable<OwnerRecord> {
  for (const owner of owners) {
    const { key, folded, facts } = owner;
    if (!folded) continue;
    const series = [...owner.series.values()].filter((each) => each.unfolded);
    yield { key, row: standingOf(owner, folded), series, facts: changedFacts(folded.facts, facts) };
  }
}

function standingOf(owner: LiveRow | LiveChain, folded: Folded): RowStanding | undefined {
  if (!('state' in owner)) return undefined;
  const { placeholder, state } = owner;
  return folded.state === state && folded.placeholder === placeholder ? undefined : { placeholder, state };
}

function setFolded(owner: LiveRow | LiveChain): void {
  owner.folded = undefined;
  for (const each of owner.series.values()) each.unfolded = false;
}
