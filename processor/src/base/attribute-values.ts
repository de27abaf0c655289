/** Attribute values as what a stage asks for: a text that says something, or a number, which some libraries send as text. Pure. */
import type { AttributeValue } from '../types/span.ts';

export function textOf(value: AttributeValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A number, or (Spring AI) a plain decimal one as text: no sign, exponent, unit or space. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > MAX_DIGITS || !DECIMAL.test(value)) return undefined;
  return Number(value);
}

const DECIMAL = /^\d+(?:\.\d+)?$/;
const MAX_DIGITS = 32;

/** A whole number from 0 on. */
export function countOf(value: AttributeValue | undefined): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) && number >= 0 ? number : undefined;
}
