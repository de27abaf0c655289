/** JSON Schemas that spans carry as text: the same few again and again, so that what a text says is remembered. */
import { schemaFingerprint } from '@warmspare/semconv';
import type { TextFacts, TextReader } from './dialect.ts';
import { jsonObject } from './json-text.ts';

/** Texts remembered by each reader; beyond, all are forgotten, and read again: no counter tells. */
const REMEMBERED = 64;

/** The fingerprint of the schema that the text is. */
export const fromSchemaText: TextReader['read'] = remembering((text) => {
  const schema = jsonObject(text);
  return schema ? { schemaFingerprint: schemaFingerprint(schema) } : {};
});

export function remembering(read: TextReader['read']): TextReader['read'] {
  const known = new Map<string, TextFacts>();
  return (text) => {
    const before = known.get(text);
    if (before) return before;
    const facts = read(text);
    if (known.size >= REMEMBERED) known.clear();
    known.set(text, facts);
    return facts;
  };
}
