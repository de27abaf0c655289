/** What the tables of this folder become once their attributes have slots: lists that a span's values are held against. Pure. */
import type { GrowingKeyTable } from '../../base/keys.ts';
import type { AttributeValue, Span } from '../../types/span.ts';
import type { Sign } from './dialect.ts';

export type Values = Span['values'];

export interface SlottedSign {
  readonly slot: number;
  readonly says: Sign['says'];
}

export function slotted(signs: readonly Sign[] | undefined, keys: GrowingKeyTable): SlottedSign[] {
  return (signs ?? []).map(({ key, says }) => ({ slot: keys.add(key), says }));
}

export function isSaidOf(signs: readonly SlottedSign[], values: Values): boolean {
  for (const { slot, says } of signs) if (isSaidBy(says, values[slot])) return true;
  return false;
}

const isSaidBy = (says: Sign['says'], value: AttributeValue | undefined): boolean =>
  typeof value === 'string' && says(value);

/** The first that is not empty. */
export function firstText(values: Values, slots: readonly number[]): string | undefined {
  for (const slot of slots) {
    const value = values[slot];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
