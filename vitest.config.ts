import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests run on the sources; only tests that start a process of their own use what `tsc -b` wrote. */
export default defineConfig({
  resolve: {
    alias: {
      '@warmspare/semconv': source('semconv/src/index.ts'),
      '@warmspare/providers': source('test/providers/index.ts'),
      '@warmspare/processor/in-process': source('processor/src/in-process.ts'),
    },
  },
  test: {
    include: [
      '{semconv,instrumentation,processor}/**/*.test.ts',
      'examples/**/*.test.ts',
      'test/{providers,e2e,package,bench,store}/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.tsbuild/**', '**/*.system.test.ts'],
    testTimeout: 30_000,
  },
});
