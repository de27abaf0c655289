/**
 * Words of spans that no table of the vocabulary has: counted by table, and the newest ones kept, so that the gap shows. Bounded; the words
 * come from the world and are escaped where they are shown.
 */

import { VOCABULARY_TABLES, type VocabularyTable } from '@warmspare/semconv';
import { cut } from '../base/texts.ts';
import type { UnknownWordSnapshot } from '../types/snapshot.ts';

export interface UnknownWords {
  note(table: VocabularyTable, word: string): void;
  /** Since the process started, by table. */
  readonly counts: Readonly<Record<VocabularyTable, number>>;
  /** Those met last, newest first. */
  list(): readonly UnknownWordSnapshot[];
}

/** Words kept; beyond, the one met longest ago leaves. The counts go on. */
const WORDS_KEPT = 50;
/** Characters of a word that are kept. */
const WORD_LENGTH = 64;

export function createUnknownWords(): UnknownWords {
  const counts = Object.fromEntries(VOCABULARY_TABLES.map((table) => [table, 0])) as Record<VocabularyTable, number>;
  const words = new Map<string, UnknownWordSnapshot>();
  return {
    counts,
    note(table, text) {
      counts[table]++;
      const word = cut(text, WORD_LENGTH);
      const key = `${table}\0${word}`;
      const count = (words.get(key)?.count ?? 0) + 1;
      words.delete(key);
      words.set(key, { table, word, count });
      if (words.size <= WORDS_KEPT) return;
      const [oldest] = words.keys();
      if (oldest !== undefined) words.delete(oldest);
    },
    list: () => [...words.values()].reverse(),
  };
}
