/**
 * The README's table of libraries is that of the contract suite, so that nothing stands there that no case holds. `UPDATE=1` writes it. The
 * example apps run on it as their users would start them.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { supportTable, withTable } from './contract/support-table.ts';
import { LIBRARIES } from './libraries/libraries.ts';

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

test('the table of supported libraries is what the suites hold', () => {
  const readme = path('instrumentation/README.md');
  const text = readFileSync(readme, 'utf8');
  const expected = withTable(text, supportTable(LIBRARIES));
  if (process.env.UPDATE === '1') writeFileSync(readme, expected);
  expect(text).toBe(expected);
});

const APPS = [
  {
    app: 'ai',
    declared: /claude-haiku-4-5 +fallback +○ never exercised/,
    chain: /^summarize-ticket {2}\(support-api\)/m,
  },
  { app: 'langchain', declared: /claude-haiku-4-5 +fallback +○ never exercised/, chain: /^summarize-ticket {2}/m },
  { app: 'try-catch', declared: /No fallback is known/, chain: /^inferred:gpt-5 {2}/m },
];

test.each(APPS)(
  'the example app $app shows its fallback before and after an outage',
  { timeout: 180_000 },
  async ({ app, declared, chain }) => {
    const { code, output } = await demo(app);
    expect(code, output).toBe(0);
    const [before = '', after = ''] = output.split('2  gpt-5 is down');
    expect(before).toMatch(declared);
    expect(after).toMatch(chain);
    expect(after).toMatch(/gpt-5 +primary +✗ failing/);
    expect(after).toMatch(/claude-haiku-4-5 +fallback +● fresh/);
  },
);

test.each(APPS)('the example app $app is under 80 lines and has no code of ours', ({ app }) => {
  const source = readFileSync(path(`examples/${app}/app.js`), 'utf8');
  expect(source.split('\n').length).toBeLessThan(80);
  expect(source).not.toMatch(/^import .*@warmspare/m);
});

function demo(app: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [path('examples/app/demo.ts'), `--app=${app}`], {
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
