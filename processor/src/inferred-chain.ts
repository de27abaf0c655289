/** The names of chains that nobody declared: a trace showed them, and whoever reads one must see that. */

const PREFIX = 'inferred:';

/** `known`: the call site, or the primary's model. */
export function inferredChain(known: string): string {
  return `${PREFIX}${known}`;
}

export function isInferred(chain: string): boolean {
  return chain.startsWith(PREFIX);
}
