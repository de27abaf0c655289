/** The status page in the system's Chromium: no script error, no message, nothing cut off, and every rule of accessibility that axe knows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../bin/warmspare.js', import.meta.url));

const config = `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }
admin: { endpoint: 127.0.0.1:0 }
chains:
  - name: a-chain-whose-name-is-so-long-that-it-has-to-wrap-on-every-telephone-there-is
    service: support-api
    environment: production
    targets: [ { name: gpt-5, type: primary }, { name: claude-haiku, type: fallback }, { name: last-answer, type: cache } ]
`;
const pages = [
  ['the overview', '/'],
  ['a filter that matches nothing', '/?service=nobody'],
  [
    'a chain',
    '/chain?name=a-chain-whose-name-is-so-long-that-it-has-to-wrap-on-every-telephone-there-is&service=support-api&environment=production',
  ],
] as const;

let browser: Browser;
let service: ChildProcess;
let directory: string;
let admin: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'warmspare-page-'));
  writeFileSync(join(directory, 'warmspare.yaml'), config);
  const child = spawn(process.execPath, [bin, 'serve', '--config', 'warmspare.yaml'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  service = child;
  for await (const line of createInterface({ input: child.stderr })) {
    const entry = JSON.parse(line) as { addresses?: { what: string; url: string }[] };
    admin = entry.addresses?.find(({ what }) => what === 'admin')?.url ?? '';
    if (admin !== '') break;
  }
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
});

afterAll(async () => {
  await browser.close();
  service.kill('SIGTERM');
  await once(service, 'exit');
  rmSync(directory, { recursive: true });
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  describe.each([360, 1280, 1920])('at %d pixels', (width) => {
    it.each(pages)('%s is whole, quiet and accessible', async (_, path) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const messages: string[] = [];
      page.on('console', (message) => messages.push(message.text()));
      page.on('pageerror', (error) => messages.push(String(error)));
      await page.goto(admin + path);
      const cutOff = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      // The page allows no script of its own: axe comes in through the debugger.
      const violations = await page.evaluate(
        `(async () => { const module = undefined; ${axe.source}; return (await axe.run()).violations.map(({ id, nodes }) => id + ': ' + nodes[0].html); })()`,
      );
      await page.close();
      expect({ cutOff, messages, violations }).toEqual({ cutOff: 0, messages: [], violations: [] });
    });
  });
});

describe('the keyboard', () => {
  it('reaches every link and control in the order of the page', async () => {
    const page = await browser.newPage();
    await page.goto(`${admin}/`);
    const reached: unknown[] = [];
    for (let step = 0; step < 8; step++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate('document.activeElement.getAttribute("name") ?? document.activeElement.textContent'),
      );
    }
    await page.close();
    expect(reached).toEqual([
      'Status',
      'JSON',
      'Metrics',
      'service',
      'environment',
      'state',
      'Show',
      'a-chain-whose-name-is-so-long-that-it-has-to-wrap-on-every-telephone-there-is',
    ]);
  });
});
