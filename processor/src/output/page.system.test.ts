/** The status page in the system's Chromium: no script error, no message, nothing cut off, and every rule of accessibility that axe knows. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_SERVICE_NAME,
  type CallOutcome,
} from '@warmspare/semconv';
import axe from 'axe-core';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendBody } from '../../../test/system/otlp-body.ts';
import { type Attributes, type SpanParts, spansBody } from '../../../test/system/otlp-spans.ts';
import { type Outage, startOutage } from '../../../test/system/outage.ts';
import { placeService, type Service, startService } from '../../../test/system/service.ts';

const LONG = 'a-chain-whose-name-is-so-long-that-it-has-to-wrap-on-every-telephone-there-is';
const OF_CHAIN = 'name=summarize-ticket&namespace=acme&service=support-api&environment=prod';
const pages = [
  ['the overview', '/', '2 chains run on a fallback'],
  ['the overview that reloads', '/?refresh=30', 'Reloads every 30 seconds'],
  ['three hundred chains', 'crowd', 'Users are affected now on 1 chain'],
  ['the runbooks', '/runbooks', 'FallbackNeverExercised'],
  ['a filter that matches nothing', '/?service=nobody', 'No row matches'],
  ['a service that has seen nothing', 'idle', 'No data yet'],
  ['an old link', '/chain?name=gone', 'Nothing is known of gone'],
  ['a chain that no service was seen on', `/chain?name=${LONG}&service=support-api&environment=production`, LONG],
  ['a chain with traffic, breakers and a changing contract', `/chain?${OF_CHAIN}`, 'Who served, over 24 hours'],
  ['a target with limits', `/target?${OF_CHAIN}&target=claude-haiku&type=fallback`, 'If it took the whole load now'],
  ['a target that was never tried', `/target?${OF_CHAIN}&target=keyword-rules&type=heuristic`, 'Never exercised'],
] as const;

/** What is wider than the box that it stands in, and so lies over its neighbour. */
const SPILLED = `[...document.querySelectorAll('td, th, dd, dt, p, h1, h2, h3, form, nav, header')]
  .filter((each) => each.clientWidth > 1 && each.scrollWidth > each.clientWidth).map((each) => each.textContent)`;

let browser: Browser;
let outage: Outage;
let idle: Service;
let crowd: Service;
let directory: string;
let crowdDirectory: string;

beforeAll(async () => {
  outage = await startOutage(`  - name: ${LONG}
    service: support-api
    environment: production
    targets: [ { name: gpt-5, type: primary }, { name: claude-haiku, type: fallback }, { name: last-answer, type: cache } ]
`);
  directory = await mkdtemp(join(tmpdir(), 'warmspare-page-'));
  idle = await startService(await placeService(directory, ''));
  crowdDirectory = await mkdtemp(join(tmpdir(), 'warmspare-crowd-'));
  crowd = await startService(await placeService(crowdDirectory, ''));
  expect(await sendBody(crowd.otlp, spansBody({ [ATTR_SERVICE_NAME]: 'support-api' }, crowdSpans()))).toBe(true);
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
});

afterAll(async () => {
  await browser.close();
  await outage.close();
  await idle.kill();
  await crowd.kill();
  for (const each of [directory, crowdDirectory]) await rm(each, { recursive: true, force: true });
});

/** Three hundred chains that are fine but for four: users affected, on a fallback, failing, never exercised. */
function crowdSpans(): readonly SpanParts[] {
  const now = Date.now();
  const spans: SpanParts[] = [];
  const attempt = (chain: number, target: 'gpt-5' | 'spare', outcome: CallOutcome, more: Attributes = {}): void => {
    const id = spans.length + 1;
    spans.push({
      id,
      name: `chain-${chain} ${target}`,
      attributes: {
        [ATTR_LLM_FALLBACK_CHAIN_NAME]: `chain-${chain}`,
        [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt-5', 'spare'],
        [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
        [ATTR_LLM_FALLBACK_TARGET_NAME]: target,
        [ATTR_LLM_FALLBACK_TARGET_RANK]: target === 'gpt-5' ? 0 : 1,
        [ATTR_LLM_FALLBACK_ROUTE_TYPE]: target === 'gpt-5' ? 'primary' : 'fallback',
        [ATTR_LLM_FALLBACK_CALL_OUTCOME]: outcome,
        ...more,
      },
      endTime: now - 5000 + id,
      duration: 30,
      isError: outcome !== 'success',
    });
  };
  for (let chain = 0; chain < 300; chain++) {
    if (chain !== 4) attempt(chain, 'spare', chain === 1 || chain === 3 ? 'error' : 'success');
    attempt(chain, 'gpt-5', chain === 1 || chain === 2 ? 'error' : 'success');
    if (chain === 2) attempt(chain, 'spare', 'success');
  }
  return spans;
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  describe.each([360, 768, 1280, 1920])('at %d pixels', (width) => {
    it.each(pages)('%s is whole, quiet and accessible', async (_, path, says) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const messages: string[] = [];
      page.on('console', (message) => messages.push(message.text()));
      page.on('pageerror', (error) => messages.push(String(error)));
      const others: Readonly<Record<string, string>> = { idle: idle.admin, crowd: crowd.admin };
      const answer = await page.goto(others[path] ?? outage.admin + path);
      // The browser's own word for an answer that is none.
      if (answer?.status() === 404) messages.splice(0, 1);
      expect(await page.textContent('body')).toContain(says);
      await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
      const cutOff = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      const spilled = await page.evaluate(SPILLED);
      // The page allows no script of its own: axe comes in through the debugger.
      const violations = await page.evaluate(
        `(async () => { const module = undefined; ${axe.source}; return (await axe.run()).violations.map(({ id, nodes }) => id + ': ' + nodes[0].html); })()`,
      );
      await page.close();
      expect({ cutOff, spilled, messages, violations }).toEqual({
        cutOff: 0,
        spilled: [],
        messages: [],
        violations: [],
      });
    });
  });
});

it('shows of three hundred chains what is broken on the first screen', async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(crowd.admin);
  const onScreen = await page.evaluate(
    '[...document.querySelectorAll("section.urgency h3")].filter((each) => each.getBoundingClientRect().bottom < innerHeight).map((each) => each.textContent)',
  );
  await page.close();
  expect(onScreen).toEqual(['chain-1', 'chain-2', 'chain-3', 'chain-4']);
});

describe('the keyboard', () => {
  it('reaches every link and control in the order of the page', async () => {
    const page = await browser.newPage();
    await page.goto(`${outage.admin}/`);
    const reached: unknown[] = [];
    for (let step = 0; step < 12; step++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate('document.activeElement.getAttribute("name") ?? document.activeElement.textContent'),
      );
    }
    await page.close();
    expect(reached).toEqual([
      'JSON',
      'Metrics',
      'Runbooks',
      expect.stringMatching(/^\d+ failing$/),
      expect.stringMatching(/^\d+ never exercised$/),
      expect.stringMatching(/^\d+ stale$/),
      expect.stringMatching(/^\d+ fresh$/),
      'service',
      'environment',
      'state',
      'named',
      'Show',
    ]);
  });

  it('narrows the rows, to an address that can be kept', async () => {
    const page = await browser.newPage();
    await page.goto(`${outage.admin}/`);
    await page.focus('select[name=state]');
    await page.keyboard.type('stale');
    await page.keyboard.press('Tab');
    await page.keyboard.type('EMAIL');
    await page.keyboard.press('Enter');
    await page.waitForURL(/named=EMAIL/);
    const address = new URL(page.url());
    const chains = await page.locator('.matrix h3 a').allTextContents();
    await page.close();
    expect([address.pathname, address.searchParams.get('state'), chains]).toEqual(['/', 'stale', ['route-email']]);
  });
});
