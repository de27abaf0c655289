/** How a transaction ended: `committed`, `aborted`, `in progress`, null for one that is long over. `$1`: its number. */
export const TRANSACTION_STATUS = 'SELECT pg_xact_status($1::xid8) AS status';
