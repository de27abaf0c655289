/** The status page in the system's Chromium: no script error, no message, nothing cut off, and every rule of accessibility that axe knows. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outage, startOutage } from '../../../test/system/outage.ts';
import { placeService, type Service, startService } from '../../../test/system/service.ts';

const LONG = 'a-chain-whose-name-is-so-long-that-it-has-to-wrap-on-every-telephone-there-is';
const OF_CHAIN = 'name=summarize-ticket&namespace=acme&service=support-api&environment=prod';
const pages = [
  ['the overview', '/', 'fallbacks may not work'],
  ['a filter that matches nothing', '/?service=nobody', 'No row matches'],
  ['a service that has seen nothing', 'idle', 'Nobody can tell yet'],
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
let directory: string;

beforeAll(async () => {
  outage = await startOutage(`  - name: ${LONG}
    service: support-api
    environment: production
    targets: [ { name: gpt-5, type: primary }, { name: claude-haiku, type: fallback }, { name: last-answer, type: cache } ]
`);
  directory = await mkdtemp(join(tmpdir(), 'warmspare-page-'));
  idle = await startService(await placeService(directory, ''));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
});

afterAll(async () => {
  await browser.close();
  await outage.close();
  await idle.kill();
  await rm(directory, { recursive: true, force: true });
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  describe.each([360, 768, 1280, 1920])('at %d pixels', (width) => {
    it.each(pages)('%s is whole, quiet and accessible', async (_, path, says) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const messages: string[] = [];
      page.on('console', (message) => messages.push(message.text()));
      page.on('pageerror', (error) => messages.push(String(error)));
      const answer = await page.goto(path === 'idle' ? idle.admin : outage.admin + path);
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

describe('the keyboard', () => {
  it('reaches every link and control in the order of the page', async () => {
    const page = await browser.newPage();
    await page.goto(`${outage.admin}/`);
    const reached: unknown[] = [];
    for (let step = 0; step < 11; step++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate('document.activeElement.getAttribute("name") ?? document.activeElement.textContent'),
      );
    }
    await page.close();
    expect(reached).toEqual([
      'JSON',
      'Metrics',
      expect.stringMatching(/^\d+ never exercised$/),
      expect.stringMatching(/^\d+ failing$/),
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
    const chains = await page.locator('h2 a').allTextContents();
    await page.close();
    expect([address.pathname, address.searchParams.get('state'), chains]).toEqual(['/', 'stale', ['route-email']]);
  });
});
