/** What destinations of metrics were sent. */

/** `$1`: destination; `$2`: address. */
export const isBegun = (schema: string): string =>
  `SELECT 1 FROM ${schema}.destinations WHERE name = $1 AND address = $2`;

/** `$1`: destination; `$2`: the last series of the page before; `$3`: how many. */
export const sentPage = (schema: string): string => `
  SELECT series, body FROM ${schema}.sent WHERE destination = $1 AND series > $2 ORDER BY series LIMIT $3`;

/** `$1`: destination; `$2`: series, sorted; `$3`: bodies. */
export const putSent = (schema: string): string => `
  INSERT INTO ${schema}.sent (destination, series, body)
  SELECT $1, series, body FROM unnest($2::text[], $3::text[]) AS given (series, body) ORDER BY series COLLATE "C"
  ON CONFLICT (destination, series) DO UPDATE SET body = excluded.body`;

/** `$1`: destination; `$2`: series. */
export const removeSent = (schema: string): string =>
  `DELETE FROM ${schema}.sent WHERE destination = $1 AND series = ANY($2::text[])`;

/** `$1`: destination. */
export const forgetSent = (schema: string): string => `DELETE FROM ${schema}.sent WHERE destination = $1`;

/** `$1`: destination. */
export const forgetDestination = (schema: string): string => `DELETE FROM ${schema}.destinations WHERE name = $1`;

/** `$1`: destination; `$2`: address. */
export const beginDestination = (schema: string): string => `
  INSERT INTO ${schema}.destinations (name, address) VALUES ($1, $2)
  ON CONFLICT (name) DO UPDATE SET address = excluded.address`;
