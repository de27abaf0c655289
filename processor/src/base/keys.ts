/** The attribute names that the stages read, each with its slot. It grows when a configuration matches on new names, and never shrinks. */
import type { KeyTable } from '../types/span.ts';

export interface GrowingKeyTable extends KeyTable {
  /** The slot of a name, a new one where it had none. */
  add(name: string): number;
  /** The same for an attribute whose values hold what a model wrote. */
  addPassing(name: string): number;
  /** The same for a detail, unless somebody else asked for it as for any other name, or does later. */
  addDetail(name: string, holds?: 'what a model wrote'): number;
}

export function createKeyTable(): GrowingKeyTable {
  const names: string[] = [];
  const slots = new Map<string, number>();
  const passing = new Set<string>();
  const details = new Set<string>();

  const add = (name: string): number => {
    const known = slots.get(name);
    if (known !== undefined) return known;
    slots.set(name, names.length);
    return names.push(name) - 1;
  };

  return {
    names,
    passing,
    details,
    slot: (name) => slots.get(name) ?? -1,
    add(name) {
      details.delete(name);
      return add(name);
    },
    addPassing(name) {
      passing.add(name);
      details.delete(name);
      return add(name);
    },
    addDetail(name, holds) {
      if (!slots.has(name)) details.add(name);
      if (holds) passing.add(name);
      return add(name);
    },
  };
}
