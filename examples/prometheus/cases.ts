/** When which alerts fire: input series and the exact set of firing alerts at some moments, for promtool. */

export interface Case {
  readonly name: string;
  /** Series to their values, one a minute, in promtool's notation; added to those of {@link HEALTHY}, the same name replaces. */
  readonly series: Readonly<Record<string, string>>;
  /** Minutes from the start to the alerts that fire then, and no others. */
  readonly firing: Readonly<Record<number, readonly string[]>>;
  /** Rests on markers that a series has ended. */
  readonly marked?: true;
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
const drift = (part: string): string =>
  `llm_fallback_contract_drift{instance="a", ${ROW}, llm_fallback_contract_part="${part}"}`;
const second = (series: string): string => series.replace('instance="a"', 'instance="b"');
const third = (series: string): string => series.replace('instance="a"', 'instance="c"');
const chain = (name: string): string => `llm_fallback_chain_${name}_total{instance="a", ${CHAIN}}`;
const SERVING = `llm_fallback_chain_serving_rank{instance="a", ${CHAIN}}`;
const SPARES = `llm_fallback_chain_spares{instance="a", ${CHAIN}}`;

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
  [SERVING]: `0${FOREVER}`,
  [SPARES]: `1${FOREVER}`,
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
    series: {
      [AGE]: `0+60x80 stale _x5 5220+60${FOREVER}`,
      [MAX_AGE]: `3600x80 stale _x5 3600${FOREVER}`,
      [status('never_exercised')]: `0x80 stale _x5 0${FOREVER}`,
      [BATCHES]: `0+1x80 stale _x5 87+1${FOREVER}`,
    },
    firing: { 59: [], 70: ['FallbackStale'], 84: ['FallbackStale'], 90: ['FallbackStale'] },
  },
  {
    name: 'a fallback that never ran is told from a stale one',
    series: { [AGE]: `0+60${FOREVER}`, [status('never_exercised')]: `1${FOREVER}`, [status('fresh')]: `0${FOREVER}` },
    firing: { 60: [], 62: ['FallbackNeverExercised'] },
  },
  {
    name: 'a fallback that never ran alerts an hour after its declaration, however long its maximum age is',
    series: {
      [AGE]: `0+60${FOREVER}`,
      [MAX_AGE]: `604800${FOREVER}`,
      [status('never_exercised')]: `1x90 0${FOREVER}`,
      [status('fresh')]: `0x90 1${FOREVER}`,
    },
    firing: { 60: [], 62: ['FallbackNeverExercised'], 110: [] },
  },
  {
    name: 'a chain on a fallback alerts when it stays there, and no longer once its primary serves',
    series: { [SERVING]: `0x30 1x30 0${FOREVER}` },
    firing: { 34: [], 37: ['FallbackEngaged'], 60: ['FallbackEngaged'], 80: [] },
  },
  {
    name: 'a run that a fallback served among those of the primary alerts nobody',
    series: { [SERVING]: `0x30 1 0 2 0${FOREVER}` },
    firing: { 31: [], 33: [], 40: [] },
  },
  {
    name: 'a chain on its last target that would hold alerts',
    series: { [SERVING]: `0x30 1${FOREVER}`, [SPARES]: `1x40 0${FOREVER}` },
    firing: { 37: ['FallbackEngaged'], 44: ['FallbackEngaged'], 47: ['FallbackEngaged', 'NoSpareLeft'] },
  },
  {
    name: 'a chain without a spare whose primary serves is not on its last target',
    series: { [SPARES]: `0${FOREVER}` },
    firing: { 30: [], 60: [] },
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
  {
    name: 'alerts of a retired row end within a minute',
    series: {
      [status('failing')]: `1x30 stale`,
      [status('fresh')]: `0x30 stale`,
      [AGE]: `7200x30 stale`,
      [MAX_AGE]: `3600x30 stale`,
      [calls(ROW, 'schema_invalid')]: `0x25 1x4 stale`,
      [drift('prompt')]: `1x30 stale`,
    },
    firing: { 30: ['FallbackFailing', 'FallbackStale', 'FallbackSchemaInvalid', 'FallbackContractDrift'], 32: [] },
    marked: true,
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
    series: { [drift('prompt')]: `0x30 1x30 0${FOREVER}`, [drift('model')]: `0${FOREVER}` },
    firing: { 30: [], 37: ['FallbackContractDrift'], 90: [] },
  },
  eventAlerts('an unprotected failure alerts', 'FallbackUnprotected', { [chain('unprotected')]: `0x29 1${FOREVER}` }),
  eventAlerts('an exhausted chain alerts', 'FallbackChainExhausted', { [chain('exhausted')]: `0x29 2${FOREVER}` }),
  eventAlerts('an answer that is too old alerts', 'FallbackCacheStale', {
    [calls(ROW, 'cache_stale')]: `0x29 1${FOREVER}`,
  }),
  {
    name: 'a slow failover alerts',
    series: { [assumption('breaker', 'broken')]: `0x30 1x30 0${FOREVER}` },
    firing: { 30: [], 37: ['FallbackFailoverSlow'], 90: [] },
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
    firing: { 1300: [], 1500: ['FallbackCarryingTraffic'] },
  },
  {
    name: 'a fallback that is as old as its maximum age, and no older, is not stale',
    series: { [AGE]: `3600${FOREVER}` },
    firing: { 60: [], 600: [] },
  },
  {
    name: 'one that was declared lately need not have run yet',
    series: { [AGE]: `0+30${FOREVER}`, [status('never_exercised')]: `1${FOREVER}`, [status('fresh')]: `0${FOREVER}` },
    firing: { 60: [], 119: [] },
  },
  {
    name: 'a failure that is followed by a success within the time to settle alerts nobody',
    series: { [status('failing')]: `0x30 1x2 0${FOREVER}`, [status('fresh')]: `1x30 0x2 1${FOREVER}` },
    firing: { 32: [], 37: [], 60: [] },
  },
  {
    name: 'other failures of a fallback are no invalid outputs and no old answers',
    series: { [calls(ROW, 'error')]: `0+1${FOREVER}`, [calls(ROW, 'timeout')]: `_x20 0+1${FOREVER}` },
    firing: { 40: [], 100: [] },
  },
  {
    name: 'assumptions that nothing has proved, or of which another is broken, alert nobody',
    series: {
      [assumption('breaker', 'broken')]: `0${FOREVER}`,
      [assumption('breaker', 'unverified')]: `1${FOREVER}`,
      [assumption('capacity', 'broken')]: `0${FOREVER}`,
      [assumption('capacity', 'unverified')]: `1${FOREVER}`,
      [assumption('available', 'broken')]: `1${FOREVER}`,
    },
    firing: { 40: [], 100: [] },
  },
  {
    name: 'one replica that was not scraped a while ago makes no news of what all of them had counted before',
    series: {
      [second(UP)]: `1${FOREVER}`,
      [second(BATCHES)]: `0x20 stale _x3 0${FOREVER}`,
      [chain('exhausted')]: `7${FOREVER}`,
      [second(chain('exhausted'))]: `7x20 stale _x3 7${FOREVER}`,
      [chain('unprotected')]: `7${FOREVER}`,
      [second(chain('unprotected'))]: `7x20 stale _x3 7${FOREVER}`,
      [calls(ROW, 'schema_invalid')]: `7${FOREVER}`,
      [second(calls(ROW, 'schema_invalid'))]: `7x20 stale _x3 7${FOREVER}`,
    },
    firing: { 20: [], 30: [], 37: [], 38: [], 45: [] },
  },
  {
    name: 'an event that three replicas report, one of them later, alerts once',
    series: {
      ...Object.fromEntries(
        [UP, BATCHES].flatMap((each) => [
          [second(each), `1${FOREVER}`],
          [third(each), `1${FOREVER}`],
        ]),
      ),
      [chain('exhausted')]: `7x29 8${FOREVER}`,
      [second(chain('exhausted'))]: `7x29 8${FOREVER}`,
      [third(chain('exhausted'))]: `7x30 8${FOREVER}`,
    },
    firing: { 29: [], 31: ['FallbackChainExhausted'], 44: ['FallbackChainExhausted'], 55: [] },
  },
  {
    name: 'a replica that is added hides no event, and makes none',
    series: {
      [second(UP)]: `_x25 1${FOREVER}`,
      [second(BATCHES)]: `_x25 1${FOREVER}`,
      [chain('exhausted')]: `7x29 8${FOREVER}`,
      [second(chain('exhausted'))]: `_x25 7x3 8${FOREVER}`,
    },
    firing: { 27: [], 31: ['FallbackChainExhausted'], 55: [] },
  },
  {
    name: 'the shares of three replicas are those of one',
    series: Object.fromEntries(
      [(each: string) => each, second, third].flatMap((of) => [
        [of(calls(PRIMARY, 'success')), `0+95${FOREVER}`],
        [of(calls(ROW, 'success')), `0+5${FOREVER}`],
      ]),
    ),
    firing: { 1500: [], 1900: [] },
  },
  {
    name: 'an outage of an hour and a small share all day are no way of living',
    series: { [calls(ROW, 'success')]: `0+5x1440 7200+100x60 13200+5${FOREVER}` },
    firing: { 1500: [], 1570: [], 1900: [] },
  },
  {
    name: 'health checks of a fallback are no traffic',
    series: { [calls(`${ROW}, llm_fallback_exercise_kind="probe"`, 'success')]: `0+50${FOREVER}` },
    firing: { 1500: [], 1900: [] },
  },
  {
    name: 'a chain that is younger than a day has not lived on its fallbacks for one',
    series: { [calls(PRIMARY, 'success')]: `0${FOREVER}`, [calls(ROW, 'success')]: `0+50${FOREVER}` },
    firing: { 30: [], 600: [], 1400: [], 1500: ['FallbackCarryingTraffic'] },
  },
  {
    name: 'one of two replicas that does not answer is not yet Warmspare down',
    series: { [second(UP)]: `1x10 0${FOREVER}` },
    firing: { 30: [], 60: [] },
  },
  {
    name: 'a failed scrape is not yet Warmspare down',
    series: { [UP]: `1x30 0x2 1${FOREVER}` },
    firing: { 33: [], 38: [], 60: [] },
  },
  {
    name: 'a service that rests for a while alerts nobody, and a replica that sees less of it neither',
    series: { [WATERMARK]: `0+60x30 1800x50 4860+60${FOREVER}`, [second(WATERMARK)]: `60${FOREVER}` },
    firing: { 60: [], 79: [], 100: [] },
  },
  {
    name: 'a service whose fallbacks may not be an hour old alerts sooner, before they seem stale',
    series: { [WATERMARK]: `0+60x30 1800${FOREVER}`, [MAX_AGE]: `1200${FOREVER}` },
    firing: { 49: [], 57: ['WarmspareNoTelemetry'] },
  },
  {
    name: 'a service without any fallback alerts after the hour',
    series: {
      'llm_fallback_watermark_timestamp_seconds{instance="a", service_name="lone"}': `0+60x30 1800${FOREVER}`,
    },
    firing: { 80: [], 97: ['WarmspareNoTelemetry'] },
  },
  {
    name: 'a Warmspare that does not answer alerts',
    series: { [UP]: `1x30 0${FOREVER}` },
    firing: { 30: [], 37: ['WarmspareDown'] },
  },
  {
    name: 'a Warmspare that is not scraped at all alerts',
    series: { [UP]: `_${FOREVER}`, [BATCHES]: `_${FOREVER}` },
    firing: { 7: ['WarmspareDown'] },
  },
  {
    name: 'one that sends its metrics by OTLP need not be scraped, and alerts when it stops to send',
    series: { [UP]: `_${FOREVER}`, [BATCHES]: `0+1x100 _${FOREVER}` },
    firing: { 30: [], 100: [], 108: [], 117: ['WarmspareDown'] },
  },
  {
    name: 'a service that sends nothing alerts',
    series: { [WATERMARK]: `0+60x30 1800${FOREVER}` },
    firing: { 80: [], 97: ['WarmspareNoTelemetry'] },
  },
];
