/** The JSON Schema of /status.json, in the form from which it is generated; a test holds it against the types and against documents. */
import {
  ASSUMPTION_NAMES,
  ASSUMPTION_STATES,
  BREAKER_STATES,
  CONTRACT_PARTS,
  LIMIT_NAMES,
  ROUTE_TYPES,
  TARGET_STATES,
} from '@warmspare/semconv';
import { z } from 'zod';
import { STATUS_VERSION } from './status-json.ts';
import { URGENCIES } from './urgency.ts';

const time = z.string().meta({ format: 'date-time' });
const count = z.number().int().min(0);
const seconds = z.number();
const service = {
  namespace: z.string().optional(),
  service: z.string().optional(),
  environment: z.string().optional(),
};

const seen = {
  at: time,
  trace_id: z.string().optional(),
  span_id: z.string().optional(),
  outcome: z.string().optional(),
  error_type: z.string().optional(),
};
const sighting = z.object(seen);
const revision = z.object({ revision: z.string(), first_seen: sighting, last_seen: time });

const assumption = z.object({
  name: z.enum(ASSUMPTION_NAMES),
  state: z.enum(ASSUMPTION_STATES),
  since: time,
  by: sighting.optional(),
  words: z.string(),
  remedy: z.string(),
});

const headroom = z.object({
  limit: z.enum(LIMIT_NAMES),
  headroom: z.number().optional(),
  declared: z.number(),
  projected: z.number().optional(),
  unit: z.string(),
  calls: count,
  load: z.number().optional(),
});

const target = z.object({
  ...service,
  chain: z.string(),
  target: z.string(),
  route_type: z.enum(ROUTE_TYPES),
  rank: count.optional(),
  route_source: z.literal('inferred').optional(),
  state: z.enum(TARGET_STATES).optional(),
  failing: z.literal(true).optional(),
  sentence: z.string(),
  remedy: z.string().optional(),
  declared_at: time,
  last_success: z.object({ ...seen, exercise_kind: z.string().optional() }).optional(),
  last_attempt: sighting.optional(),
  last_failure: sighting.optional(),
  time_since_last_success: seconds.optional(),
  max_age: seconds,
  assumptions: z.array(assumption),
  drift: z.array(
    z.object({ part: z.enum(CONTRACT_PARTS), revisions: z.array(revision), at_least: z.literal(true).optional() }),
  ),
  headroom: z.array(headroom),
  state_changes: z.array(z.object({ ...seen, state: z.enum(TARGET_STATES), reason: z.string() })).optional(),
  placeholder: z.literal(true).optional(),
  undeclared: z.literal(true).optional(),
  overflow: z.literal(true).optional(),
});

const breaker = z.object({
  name: z.string(),
  state: z.enum(BREAKER_STATES),
  since: sighting,
  trip: z.object({ at: time, seconds, signal: z.object({ ...seen, because: z.string() }) }).optional(),
});

const contract = z.object({
  part: z.enum(CONTRACT_PARTS),
  current: z.string().optional(),
  unstable: z.boolean(),
  forgotten_until: time.optional(),
  revisions: z.array(revision),
});

const chain = z.object({
  ...service,
  chain: z.string(),
  urgency: z.enum(URGENCIES),
  sentence: z.string(),
  serving: z.object({ target: z.string(), rank: count, at: time, since: time.optional() }).optional(),
  spares: count,
  contract: z.array(contract),
  breakers: z.array(breaker),
  detection: z.object({ mean: seconds, p50: seconds.optional(), p95: seconds.optional(), calls: count }).optional(),
  runs: z.object({ exhausted: count, unprotected: count }).optional(),
});

const due = z.object({
  namespace: z.string(),
  service: z.string(),
  environment: z.string(),
  chain: z.string(),
  target: z.string(),
  state: z.enum(TARGET_STATES),
  reason: z.string(),
  command: z.string(),
});

const unassigned = z.object({
  ...service,
  provider: z.string().optional(),
  request_model: z.string().optional(),
  calls: count,
  last_seen: time,
  possible_fallback_of: z.string().optional(),
});

/** A document of this version; fields that a later one adds are let through. */
export const statusSchema: z.ZodType = z.object({
  version: z.literal(STATUS_VERSION),
  now: time,
  instance_id: z.string(),
  started_at: time,
  verdict: z.enum(['fresh', 'not_fresh', 'unknown']),
  reason: z.string(),
  counts: z.object(Object.fromEntries(TARGET_STATES.map((state) => [state, count]))),
  urgencies: z.object(Object.fromEntries(URGENCIES.map((urgency) => [urgency, count]))),
  problems: z.array(z.string()),
  targets: z.array(target),
  chains: z.array(chain),
  drill_next: z.array(due),
  services: z.array(z.object({ ...service, newest_span_at: time })),
  unassigned: z.array(unassigned),
  unassigned_snippet: z.string().optional(),
  unknown_words: z.array(z.object({ table: z.string(), word: z.string(), count })),
});

/** The text of `status.schema.json`. */
export function statusJsonSchema(): string {
  const schema = z.toJSONSchema(statusSchema, { target: 'draft-2020-12', io: 'input' });
  const about = { $id: `https://warmspare.dev/schemas/status-${STATUS_VERSION}.json`, title: 'Warmspare /status.json' };
  return `${JSON.stringify({ $schema: schema.$schema, ...about, ...schema }, null, 2)}\n`;
}
