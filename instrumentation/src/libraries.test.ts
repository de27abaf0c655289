/** Versions that nobody looked at, exports that cannot be written to, and what import hooks let through. */
import { diag } from '@opentelemetry/api';
import { afterEach, expect, test, vi } from 'vitest';
import { definitionsOf, importsOf } from './libraries.ts';
import type { PatchedLibrary } from './types/library.ts';

const LIBRARY: PatchedLibrary = {
  module: 'some-library',
  majors: [5, 6],
  subpaths: ['sub'],
  files: ['dist/file.js'],
  patch: () => new Map([['ask', () => 'patched']]),
};
const patch = (exported: object, version: string): unknown =>
  definitionsOf(LIBRARY, () => undefined)[0]?.patch?.(exported, version);

afterEach(() => diag.disable());

test('a version that nobody looked at is left alone, with one line', () => {
  const warn = vi.fn();
  diag.setLogger({ warn, error() {}, info() {}, debug() {}, verbose() {} });
  const exported = { ask: () => 'own' };
  expect(patch(exported, '7.0.0')).toBe(exported);
  expect(patch(exported, '7.0.0')).toBe(exported);
  expect(exported.ask()).toBe('own');
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]?.[0]).toContain('some-library 7.0.0 is left alone');
});

test.each(['5.0.277', '6.0.0-beta.1'])('version %s is patched in place', (version) => {
  const exported = { ask: () => 'own', other: 1 };
  expect(patch(exported, version)).toBe(exported);
  expect(exported.ask()).toBe('patched');
});

test('exports that are getters are copied: every name stays, in the same order', () => {
  const exported = Object.defineProperties(
    {},
    {
      first: { get: () => 1, enumerable: true },
      ask: { get: () => () => 'own', enumerable: true },
      __esModule: { value: true },
    },
  );
  const given = patch(exported, '5.0.0') as { readonly ask: () => string };
  expect(Object.getOwnPropertyNames(given)).toEqual(['first', 'ask', '__esModule']);
  expect(Object.keys(given)).toEqual(['first', 'ask']);
  expect(given.ask()).toBe('patched');
});

test('import hooks let the package, its subpaths and its files through, and no other', () => {
  const [name, subpath, file] = importsOf([LIBRARY]);
  expect([name, subpath]).toEqual(['some-library', 'some-library/sub']);
  expect('file:///app/node_modules/some-library/dist/file.js').toMatch(file ?? '');
  expect('file:///app/node_modules/some-library/dist/file-js').not.toMatch(file ?? '');
});
