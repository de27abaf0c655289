/** Versions of a client that nobody looked at: left alone, with one line of `diag`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diag } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LlmFallbackInstrumentation } from '../instrumentation.ts';

const warn = vi.fn();
let app: string;
let llm: LlmFallbackInstrumentation;
beforeEach(() => {
  diag.setLogger({ error() {}, warn, info() {}, debug() {}, verbose() {} }, { suppressOverrideMessage: true });
  app = mkdtempSync(join(tmpdir(), 'warmspare-'));
  llm = new LlmFallbackInstrumentation();
});
afterEach(() => {
  llm.disable();
  diag.disable();
  warn.mockClear();
  rmSync(app, { recursive: true, force: true });
});

/** As the package `ollama` of this version, loaded by an app. */
function load(version: string): { readonly Ollama: { readonly prototype: { readonly chat: unknown } } } {
  const folder = join(app, 'node_modules', 'ollama');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'ollama', version, main: 'index.js' }));
  writeFileSync(join(folder, 'index.js'), 'exports.Ollama = class Ollama { chat() {} };');
  return createRequire(join(app, 'app.js'))('ollama') as ReturnType<typeof load>;
}

it('says so once', () => {
  expect(String(load('99.1.0').Ollama.prototype.chat)).toBe('chat() {}');
  load('99.1.0');
  expect(warn.mock.calls.map(([line]) => line)).toEqual([
    '@warmspare/instrumentation: ollama 99.1.0 is left alone, so its calls are not recorded; known is >=0.5 <0.7.',
  ]);
});

it('says nothing of a version that is known', () => {
  expect(String(load('0.6.9').Ollama.prototype.chat)).not.toBe('chat() {}');
  expect(warn).not.toHaveBeenCalled();
});
