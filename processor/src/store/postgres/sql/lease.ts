/** Leases that expire by the database's time, whatever the clocks of the replicas say. */

/** Takes or keeps a lease; gives a row where it is the holder's. `$1`: name; `$2`: holder; `$3`: milliseconds. */
export const takeLease = (schema: string): string => `
  INSERT INTO ${schema}.leases AS kept (name, holder, until)
  VALUES ($1, $2, clock_timestamp() + $3::float8 * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
  WHERE kept.holder = excluded.holder OR kept.until < clock_timestamp()
  RETURNING holder`;

/** Gives the leases of a holder back, but for the one that says that it lives. `$1`: holder; `$2`: name of that one. */
export const dropLeases = (schema: string): string => `DELETE FROM ${schema}.leases WHERE holder = $1 AND name <> $2`;

/** Leases of a kind that expired so long ago that their holder is gone. `$1`: how their names begin. */
export const expiredLeases = (schema: string): string => `
  SELECT holder FROM ${schema}.leases
  WHERE starts_with(name, $1) AND until < clock_timestamp() - interval '30 seconds'`;

/** `$1`: name. */
export const forgetLease = (schema: string): string => `DELETE FROM ${schema}.leases WHERE name = $1`;
