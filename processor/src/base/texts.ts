/**
 * A list of texts as senders give it, in which an item may be unset: it becomes an empty text, so that lists that stand side by side
 * stay so and no item hides the others.
 */

/** Undefined where an item is anything but text, or no item is set. The same list where all are texts. */
export function textsOf(items: readonly unknown[]): readonly string[] | undefined {
  if (items.every(isText)) return items;
  if (!items.some(isText)) return undefined;
  const texts = items.map((item) => item ?? '');
  return texts.every(isText) ? texts : undefined;
}

/**
 * The first characters of a text. A cut inside a character of two halves leaves U+FFFD: a lone half is another text once it was encoded, so
 * that rows split.
 */
export const cut = (text: string, length: number): string =>
  text.length > length ? text.slice(0, length).toWellFormed() : text;

const isText = (item: unknown): item is string => typeof item === 'string';
