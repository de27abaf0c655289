/** Some weeks of four services in, the picture of their status page for the README out: `node processor/picture.ts`, with Chromium at hand. */
import { fileURLToPath } from 'node:url';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  type CallOutcome,
} from '@warmspare/semconv';
import { chromium } from 'playwright-core';
import { renderOverview } from './src/output/page/overview.ts';
import { readOverviewQuery } from './src/output/page/query.ts';
import { viewOf } from './src/output/page/view.ts';
import { DAY, HOUR, start, T0 } from './src/testdata/world.ts';

const FILE = fileURLToPath(new URL('../examples/status-page.png', import.meta.url));
const MINUTE = HOUR / 60;
const NOW = T0 + 40 * DAY;

type Values = Readonly<Record<string, string | number>>;
type Ladder = readonly (readonly [name: string, type: string])[];
interface Call {
  readonly at: number;
  readonly service: string;
  readonly chain: string;
  readonly ladder: Ladder;
  readonly target: string;
  readonly outcome: CallOutcome;
  readonly more: Values;
}

const calls: Call[] = [];
const chainOf = (service: string, chain: string, ladder: Ladder) => ({
  /** `ago`: how long before the picture. */
  call: (ago: number, target: string, outcome: CallOutcome = 'success', more: Values = {}): void => {
    calls.push({ at: NOW - ago, service, chain, ladder, target, outcome, more });
  },
});
const valid = { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid' };
const invalid = {
  [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'invalid',
  [ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE]: 'missing_required',
};
const engaged = { [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'error', [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 0.4 };
const drill = { ...engaged, [ATTR_LLM_FALLBACK_EXERCISE_KIND]: 'drill' };
const down = { [ATTR_ERROR_TYPE]: '503' };

const summarize = chainOf('support-api', 'summarize-ticket', [
  ['gpt-5', 'primary'],
  ['claude-haiku', 'fallback'],
  ['last-answer', 'cache'],
  ['keyword-rules', 'heuristic'],
]);
summarize.call(39 * DAY, 'gpt-5', 'success', valid);
summarize.call(8 * HOUR, 'gpt-5', 'error', down);
summarize.call(8 * HOUR - MINUTE, 'claude-haiku', 'success', { ...engaged, ...valid });
summarize.call(7 * HOUR, 'last-answer', 'success', { [ATTR_LLM_FALLBACK_CACHE_AGE]: 420 });
summarize.call(41 * MINUTE, 'gpt-5', 'error', down);
summarize.call(40 * MINUTE, 'claude-haiku', 'schema_invalid', { ...engaged, ...invalid });
summarize.call(MINUTE, 'gpt-5', 'success', valid);

const route = chainOf('mail-router', 'route-email', [
  ['gpt-5', 'primary'],
  ['claude-haiku', 'fallback'],
]);
route.call(12 * DAY, 'gpt-5');
route.call(2 * MINUTE, 'gpt-5');

const explain = chainOf('checkout', 'explain-score', [
  ['claude-sonnet', 'primary'],
  ['gpt-5', 'fallback'],
]);
explain.call(11 * DAY + MINUTE, 'claude-sonnet', 'error', down);
explain.call(11 * DAY, 'gpt-5', 'success', { ...engaged, [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 31 });
explain.call(3 * MINUTE, 'claude-sonnet');

const rerank = chainOf('search', 'rerank-results', [
  ['gpt-5-mini', 'primary'],
  ['gemini-flash', 'fallback'],
]);
rerank.call(9 * HOUR, 'gpt-5-mini', 'error', down);
rerank.call(9 * HOUR - MINUTE, 'gemini-flash', 'success', drill);
rerank.call(MINUTE, 'gpt-5-mini');

const world = await start({ now: T0 });
for (const { at, service, chain, ladder, target, outcome, more } of calls.sort((a, b) => a.at - b.at)) {
  const attributes = {
    [ATTR_LLM_FALLBACK_CHAIN_NAME]: chain,
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ladder.map(([name]) => name),
    [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ladder.map(([, type]) => type),
    [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
    [ATTR_LLM_FALLBACK_TARGET_RANK]: ladder.findIndex(([name]) => name === target),
    [ATTR_LLM_FALLBACK_ROUTE_TYPE]: ladder.find(([name]) => name === target)?.[1] ?? 'primary',
    [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
    ...more,
  };
  await world.send(at, {
    attributes,
    endTime: at,
    service: { namespace: '', name: service, environment: 'production' },
  });
}
world.now = NOW;

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1180, height: 900 }, colorScheme: 'light' });
const snapshot = world.snapshot();
const view = viewOf(
  snapshot,
  { version: '0.1.0', traceUrl: undefined },
  { address: '/', refresh: undefined, timeZone: undefined },
);
await page.setContent(await renderOverview(snapshot, readOverviewQuery({}), [], view));
await page.screenshot({ path: FILE, clip: { x: 0, y: 0, width: 1180, height: 800 } });
await browser.close();
