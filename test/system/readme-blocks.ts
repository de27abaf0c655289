/** A README goes in, the fenced blocks below one of its headings come out, in their order. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface Block {
  readonly language: string;
  readonly text: string;
  /** The file's name, where the block's first line is a comment that holds only that. */
  readonly file: string | undefined;
}

/** `path` is from the repository's root; `heading` as it stands there, without its hashes. */
export async function blocksBelow(path: string, heading: string): Promise<readonly Block[]> {
  const text = await readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
  const [, below] = text.split(`\n## ${heading}\n`);
  if (below === undefined) throw new Error(`${path} has no heading ${heading}`);
  const [section = ''] = below.split(/\n## /);
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', block = '']) => ({
    language,
    text: block,
    file: /^(?:\/\/|#) (\S+\.\w+)\n/.exec(block)?.[1],
  }));
}
