/** Brings a word of the world into the one form in which the tables of this folder hold it. Pure. */

/**
 * The word without case, punctuation and the module or enum before its last dot: `FinishReason.SAFETY`, `safety` and `Safety` are
 * one. Empty for a text without letters and digits.
 */
export function wordOf(text: string): string {
  const dot = text.lastIndexOf('.');
  return text
    .slice(dot + 1)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

/** A table by class, turned round: each word in its one form, with its class. Throws where two classes claim one word. */
export function wordTable<C extends string>(
  classes: Readonly<Record<C, string>>,
  form: (word: string) => string = wordOf,
): ReadonlyMap<string, C> {
  const table = new Map<string, C>();
  for (const [name, words] of Object.entries(classes) as [C, string][]) {
    for (const word of words.split(/\s+/).filter((each) => each !== '')) {
      const known = table.get(form(word));
      if (known !== undefined && known !== name) throw new Error(`${word} is both ${known} and ${name}`);
      table.set(form(word), name);
    }
  }
  return table;
}

/** Remembers what `read` said of a text. Texts come from the world and may be many: past the bound all are forgotten. */
export function remembered<T>(read: (text: string) => T, bound = 1_024): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as T;
    const found = read(text);
    if (known.size >= bound) known.clear();
    if (text.length <= MAX_REMEMBERED) known.set(text, found);
    return found;
  };
}

const MAX_REMEMBERED = 256;
