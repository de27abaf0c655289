/** The values of one span or resource by slot, in arrays that are reused. Clearing costs what was set, not what could be. */
import { ATTR_EXCEPTION_TYPE } from '@warmspare/semconv';
import type { AttributeValue, KeyTable } from '../types/span.ts';
import { IDENTITY_NAMES } from './service-identity.ts';

export interface Slots {
  readonly values: (AttributeValue | undefined)[];
  /** The last value of a slot wins; `undefined` unsets it. */
  set(slot: number, value: AttributeValue | undefined): void;
  clear(): void;
  /** Nothing was set since. */
  isEmpty(): boolean;
}

const MAX_KEPT = 4096;

export function createSlots(size: number): Slots {
  const values: (AttributeValue | undefined)[] = new Array(size).fill(undefined);
  let touched: number[] = [];
  let count = 0;
  return {
    values,
    set(slot, value) {
      if (values[slot] === undefined) touched[count++] = slot;
      values[slot] = value;
    },
    clear() {
      for (let index = 0; index < count; index++) values[touched[index] as number] = undefined;
      count = 0;
      // A hostile span may set and unset one slot a million times.
      if (touched.length > MAX_KEPT) touched = [];
    },
    isEmpty: () => count === 0,
  };
}

/** What readers need whatever the stages ask for: who sent it, and the type of an exception event. */
const ALWAYS: readonly string[] = [...IDENTITY_NAMES, ATTR_EXCEPTION_TYPE];

/** The names that a reader looks for: those of the table in its order, then what it needs itself beyond them. */
export function wantedNames(keys: KeyTable): readonly string[] {
  return [...keys.names, ...ALWAYS.filter((name) => keys.slot(name) < 0)];
}
