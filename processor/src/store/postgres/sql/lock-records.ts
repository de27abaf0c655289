/**
 * The records of these keys, locked until the end of the transaction in the order of the keys, so that two commits never wait for each other.
 * `recent`: the record changed in a transaction that this replica has not read yet. `$1`: the keys; `$2`: where its reading stands.
 */
export const lockRecords = (schema: string): string => `
  SELECT key, body, crc, changed >= coalesce($2::text, '9223372036854775807')::xid8 AS recent
  FROM ${schema}.records WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE`;

/** Makes empty records of the keys that are new. `$1`: the keys, sorted. */
export const openRecords = (schema: string): string => `
  INSERT INTO ${schema}.records (key) SELECT unnest($1::text[]) ON CONFLICT (key) DO NOTHING`;

/** All records that mention a text, locked. `$1`: the text. */
export const lockMentions = (schema: string): string => `
  SELECT key, body, crc FROM ${schema}.records WHERE strpos(body, $1) > 0 ORDER BY key FOR UPDATE`;
