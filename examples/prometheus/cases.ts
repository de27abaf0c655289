/** When which alerts fire: input series and the exact set of firing alerts at some moments, for promtool. */

export interface Case {
  readonly name: string;
  /** Series to their values, one a minute, in promtool's notation; added to those of {@link HEALTHY}, the same name replaces. */
  readonly series: Readonly<Record<string, string>>;
  /** Minutes from the start to the alerts that fire then, and no others. */
  readonly firing: Readonly<Record<number, readonly string[]>>;
}

const CHAIN = 'service_name="app", llm_fallback_chain_name="c"';
const ROW = `${CHAIN}, llm_fallback_target_name="t", llm_fallback_route_type="fallback"`;
const PRIMARY = `${CHAIN}, llm_fallback_target_name="p", llm_fallback_route_type="primary"`;
const FOREVER = 'x2000';

const AGE = `llm_fallback_time_since_last_success_seconds{instance="a", ${ROW}}`;
const MAX_AGE = `llm_fallback_max_age_seconds{instance="a", ${ROW}}`;
const WATERMARK = 'llm_fallback_watermark_timestamp_seconds{instance="a", service_name="app"}';
const BATCHES = 'warmspare_batches_total{instance="a"}';
const UP = 'up{job="warmspare", instance="a"}';
const status = (state: string, instance = 'a'): string =>
  `llm_fallback_target_status{instance="${instance}", ${ROW}, llm_fallback_target_state="${state}"}`;
const assumption = (name: string, state: string): string =>
  `llm_fallback_assumption_status{instance="a", ${ROW}, llm_fallback_assumption_name="${name}", llm_fallback_assumption_state="${state}"}`;
const calls = (row: string, outcome: string): string =>
  `llm_fallback_calls_total{instance="a", ${row}, llm_fallback_call_outcome="${outcome}"}`;
const chain = (name: string): string => `llm_fallback_chain_${name}_total{instance="a", ${CHAIN}}`;

/** A service whose fallback is fresh. */
export const HEALTHY: Readonly<Record<string, string>> = {
  [UP]: `1${FOREVER}`,
  [BATCHES]: `0+1${FOREVER}`,
  [WATERMARK]: `0+60${FOREVER}`,
  [AGE]: `60${FOREVER}`,
  [MAX_AGE]: `3600${FOREVER}`,
  [status('fresh')]: `1${FOREVER}`,
  [status('stale')]: `0${FOREVER}`,
  [status('failing')]: `0${FOREVER}`,
  [status('never_exercised')]: `0${FOREVER}`,
  [calls(PRIMARY, 'success')]: `0+100${FOREVER}`,
  [calls(ROW, 'success')]: `0+1${FOREVER}`,
  [calls(ROW, 'error')]: `0${FOREVER}`,
  [chain('exhausted')]: `0${FOREVER}`,
  [chain('unprotected')]: `0${FOREVER}`,
};

/** An event at minute 30 alerts within a minute, for the window of 15 minutes and 5 more. */
const eventAlerts = (name: string, alert: string, series: Readonly<Record<string, string>>): Case => ({
  name,
  series,
  firing: { 29: [], 31: [alert], 44: [alert], 55: [] },
});

export const CASES: readonly Case[] = [
  { name: 'a fresh fallback alerts nobody', series: {}, firing: { 0: [], 60: [], 1900: [] } },
  {
    name: 'a fallback older than its maximum age is stale, and no longer once it has worked',
    series: {
      [AGE]: `0+60x120 0${FOREVER}`,
      [status('fresh')]: `1x60 0x59 1${FOREVER}`,
      [status('stale')]: `0x60 1x59 0${FOREVER}`,
    },
    firing: { 60: [], 64: [], 67: ['FallbackStale'], 120: ['FallbackStale'], 140: [] },
  },
  {
    name: 'a policy of its own moves the threshold',
    series: { [AGE]: `0+60${FOREVER}`, [MAX_AGE]: `36000${FOREVER}` },
    firing: { 70: [], 590: [], 607: ['FallbackStale'] },
  },
  {
    name: 'failed scrapes neither end nor start the alert',
    series: { [AGE]: `0+60x80 _x6 5220+60${FOREVER}` },
    firing: { 59: [], 70: ['FallbackStale'], 84: ['FallbackStale'], 90: ['FallbackStale'] },
  },
  {
    name: 'a fallback that never ran is told from a stale one',
    series: { [AGE]: `0+60${FOREVER}`, [status('never_exercised')]: `1${FOREVER}`, [status('fresh')]: `0${FOREVER}` },
    firing: { 60: [], 67: ['FallbackNeverExercised'] },
  },
  {
    name: 'a failing fallback alerts when it goes on',
    series: { [status('failing')]: `0x30 1x30 0${FOREVER}`, [status('fresh')]: `1x30 0x30 1${FOREVER}` },
    firing: { 30: [], 34: [], 37: ['FallbackFailing'], 80: [] },
  },
  {
    name: 'the last word of a replica that is gone keeps nothing alive',
    series: { [status('failing', 'gone')]: `1x30 _${FOREVER}`, [status('failing')]: `_x30 0${FOREVER}` },
    firing: { 10: ['FallbackFailing'], 37: [], 60: [] },
  },
  eventAlerts('an invalid output alerts, be it the first of its series', 'FallbackSchemaInvalid', {
    [calls(ROW, 'schema_invalid')]: `_x30 1${FOREVER}`,
  }),
  {
    name: "the primary's invalid outputs are no fallback's",
    series: { [calls(PRIMARY, 'schema_invalid')]: `0+1${FOREVER}` },
    firing: { 40: [] },
  },
  {
    name: 'what was counted before the first scrape is not news',
    series: { [BATCHES]: `_x29 9${FOREVER}`, [calls(ROW, 'schema_invalid')]: `_x29 9${FOREVER}` },
    firing: { 31: [], 44: [], 60: [] },
  },
  {
    name: 'a changed contract alerts until the fallback has run under it',
    series: {
      [`llm_fallback_contract_drift{instance="a", ${ROW}, llm_fallback_contract_part="prompt"}`]: `0x30 1x30 0${FOREVER}`,
    },
    firing: { 30: [], 37: ['FallbackContractDrift'], 90: [] },
  },
  eventAlerts('an unprotected failure alerts', 'FallbackUnprotected', { [chain('unprotected')]: `0x29 1${FOREVER}` }),
  eventAlerts('an exhausted chain alerts', 'FallbackChainExhausted', { [chain('exhausted')]: `0x29 2${FOREVER}` }),
  eventAlerts('an answer that is too old alerts', 'FallbackCacheStale', {
    [calls(ROW, 'cache_stale')]: `0x29 1${FOREVER}`,
  }),
  {
    name: 'a slow failover alerts',
    series: { [assumption('breaker', 'broken')]: `0x30 1${FOREVER}` },
    firing: { 30: [], 37: ['FallbackFailoverSlow'] },
  },
  {
    name: 'too little capacity alerts, an unverified one does not',
    series: {
      [assumption('capacity', 'unverified')]: `1x30 0${FOREVER}`,
      [assumption('capacity', 'broken')]: `0x30 1${FOREVER}`,
    },
    firing: { 30: [], 37: ['FallbackCapacity'] },
  },
  {
    name: 'a chain that lives on its fallback alerts',
    series: { [calls(ROW, 'success')]: `0+50${FOREVER}` },
    firing: { 1500: ['FallbackCarryingTraffic'] },
  },
  {
    name: 'a Warmspare that does not answer alerts',
    series: { [UP]: `1x30 0${FOREVER}` },
    firing: { 30: [], 37: ['WarmspareDown'] },
  },
  {
    name: 'a Warmspare that is not scraped at all alerts',
    series: { [UP]: `_${FOREVER}` },
    firing: { 7: ['WarmspareDown'] },
  },
  {
    name: 'a service that sends nothing alerts',
    series: { [WATERMARK]: `0+60x30 1800${FOREVER}` },
    firing: { 80: [], 97: ['WarmspareNoTelemetry'] },
  },
];
