import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Each library runs in a process of its own, on what `tsc -b` wrote. */
export default defineConfig({
  resolve: {
    alias: {
      '@warmspare/semconv': source('semconv/src/index.ts'),
      '@warmspare/providers': source('test/providers/index.ts'),
    },
  },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 30_000,
    maxWorkers: 1,
  },
});
