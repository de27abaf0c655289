/** JSON Schemas that spans carry as text: the same few again and again, so that what a text says is remembered. */
import { schemaFingerprint } from '@warmspare/semconv';
import type { DeclaredOutput, RecordedReader, TextFacts, TextReader, Texts } from './dialect.ts';
import { jsonObject } from './json-text.ts';

/** Texts remembered by each reader; beyond, all are forgotten, and read again: no counter tells. */
const REMEMBERED = 64;

/** The fingerprint of the schema that the text is. */
export const fromSchemaText: TextReader['read'] = remembering((text) => {
  const schema = jsonObject(text);
  return schema ? { schemaFingerprint: schemaFingerprint(schema) } : {};
});

/** The schema that the first text is. */
export const declaredBySchema: RecordedReader['declared'] = rememberingAll(([text]) => {
  const schema = jsonObject(text);
  return schema ? [{ schema }] : [];
});

/** The fingerprint of what was asked for, where that is one thing. */
export function fingerprintOf(declared: readonly DeclaredOutput[]): string | undefined {
  const [only, ...others] = declared;
  return only === undefined || others.length > 0 ? undefined : schemaFingerprint(only.schema);
}

export function remembering(read: TextReader['read']): TextReader['read'] {
  const known = new Map<string, TextFacts>();
  return (text) => recall(known, text, () => read(text));
}

export function rememberingAll(read: RecordedReader['declared']): RecordedReader['declared'] {
  const known = new Map<string, readonly DeclaredOutput[]>();
  return (texts: Texts) => recall(known, texts.join('\0'), () => read(texts));
}

function recall<T>(known: Map<string, T>, key: string, read: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = read();
  if (known.size >= REMEMBERED) known.clear();
  known.set(key, found);
  return found;
}
