/** Adds hashes to the duplicate window. Gives back those that are new. `$1`: the hashes, sorted; `$2`: the time of the commit, epoch ms. */
export const countSpans = (schema: string): string => `
  INSERT INTO ${schema}.counted (hash, at)
  SELECT hash, $2::float8 FROM unnest($1::bigint[]) WITH ORDINALITY AS given (hash, place) ORDER BY place
  ON CONFLICT (hash) DO NOTHING`;

/** Those of the hashes that are in the window. `$1`: the hashes. */
export const countedSpans = (schema: string): string =>
  `SELECT hash::text FROM ${schema}.counted WHERE hash = ANY($1::bigint[])`;
