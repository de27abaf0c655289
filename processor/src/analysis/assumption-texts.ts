/** What people read of each assumption: why it is in its state and what would change it, without a final stop. */
import type { AssumptionName } from '@warmspare/semconv';

export interface AssumptionTexts {
  readonly holds: string;
  readonly broken: (because: string) => string;
  readonly expired: string;
  readonly never: string;
  /** What would prove it. */
  readonly remedy: string;
  /** What would mend it where it is broken, if the evidence tells. */
  readonly repair?: (because: string) => string;
}

export const TEXTS: Readonly<Record<AssumptionName, AssumptionTexts>> = {
  available: {
    holds: 'its model answered',
    broken: (because) => `its model refused to answer (${because})`,
    expired: 'its model answered, longer ago than its policy allows',
    never: 'no answer of its model has been seen',
    remedy: 'any answer of its model: check key, model name and quota, then drill it',
  },
  schema: {
    holds: 'its output matched the schema in force',
    broken: (because) => `its output did not match the schema (${because})`,
    expired: 'its output matched the schema, longer ago than its policy allows',
    never: 'no output of it has been checked against the schema',
    remedy: 'a valid output against the schema in force: drill it',
  },
  cache: {
    holds: 'it served an answer that was young enough',
    broken: () => 'it served an answer older than its policy allows',
    expired: 'it served an answer that was young enough, longer ago than its policy allows',
    never: 'no answer of it has been seen',
    remedy: 'an answer younger than `max_cache_age`: refresh the cache, then drill it',
  },
  breaker: {
    holds: 'the last failure of the primary engaged it in time',
    broken: (because) => FAILOVER[because]?.words ?? `a breaker tripped on a wrong signal (${because})`,
    expired: 'a failure of the primary engaged it in time, longer ago than its policy allows',
    never: 'no failure of the primary has had to engage it yet',
    remedy: 'a failure of the primary that engages it within `max_failover`',
    repair: (because) =>
      FAILOVER[because]?.repair ??
      'a breaker that does not count such failures, which say nothing of the primary; then a failure that engages it in time',
  },
  capacity: {
    holds: "it would bear the primary's present load within every limit",
    broken: (because) => `at the primary's present load it would be beyond ${because}`,
    expired: 'its calls are longer ago than its policy allows',
    never: 'nothing is known of what its calls take, cost and use',
    remedy:
      'drills with typical inputs, and a load that is known: by the evidence exporter, or `sampling: none` where every span arrives; a higher limit or a lower load',
  },
};

/** By what broke a failover; anything else is the failure that a breaker should not have counted. */
const FAILOVER: Readonly<Partial<Record<string, { readonly words: string; readonly repair: string }>>> = {
  unprotected: {
    words: 'the last failure of the primary engaged no rung',
    repair: 'a chain that falls on that failure, too; then one that engages it within `max_failover`',
  },
  too_slow: {
    words: 'the last failure of the primary engaged it later than `max_failover` allows',
    repair: 'a shorter timeout of the primary; then a failure that engages it within `max_failover`',
  },
};
