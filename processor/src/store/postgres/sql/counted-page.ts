/** The next commits of the duplicate window, each with its hashes as eight bytes. `$1`: the time of the last one before; `$2`: how many. */
export const countedPage = (schema: string): string => `
  SELECT at, string_agg(int8send(hash), ''::bytea) AS hashes FROM ${schema}.counted
  WHERE at > $1 GROUP BY at ORDER BY at LIMIT $2`;
