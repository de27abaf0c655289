/** The cases of test/fixtures: each of them is read by a test. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const tests = globSync('{semconv,instrumentation,processor,test}/**/*.ts', {
  cwd: ROOT,
  exclude: ['**/node_modules/**', '**/dist/**'],
})
  .map((file) => readFileSync(ROOT + file, 'utf8'))
  .join('\n');

/** A request of several parts is read whole, so its name without the number of the part. */
const stem = (file: string): string => basename(file).replace(/(?:\.\d{3})?(?:\.otlp)?\.\w+(?:\.gz)?$/, '');

it('each case is named by a test', () => {
  const cases = globSync('test/fixtures/cases/*/*', { cwd: ROOT }).map(stem);
  expect(cases.length).toBeGreaterThan(140);
  expect(cases.filter((name) => !tests.includes(name))).toEqual([]);
});
