/** Writes locked records; a null body marks a removed one. `$1`: keys; `$2`: bodies; `$3`: checksums. */
export const writeRecords = (schema: string): string => `
  UPDATE ${schema}.records AS kept
  SET body = given.body, crc = given.crc, changed = pg_current_xact_id(),
    removed_at = CASE WHEN given.body IS NULL THEN now() END
  FROM unnest($1::text[], $2::text[], $3::bigint[]) AS given (key, body, crc)
  WHERE kept.key = given.key`;

/** Asks whether the database can write at all. */
export const tryToWrite = (schema: string): string => `UPDATE ${schema}.instance SET tried_at = now()`;
