/** What the entries that run in a user's process reach at run time, followed through the compiled files: never an OpenTelemetry SDK. */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './pack.ts';

const IMPORT =
  /^(?:import|export|\}).*?\bfrom ['"]([^'"]+)['"]|^import ['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)|\b__require\(['"]([^'"]+)['"]\)/gm;

/** Every bare specifier that `entry` and the files it imports, directly or not, ask for. */
function reached(entry: string): Set<string> {
  const bare = new Set<string>();
  const seen = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, from, alone, dynamic, required] of readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)) {
      const specifier = from ?? alone ?? dynamic ?? required ?? '';
      if (specifier.startsWith('.')) waiting.push(normalize(join(dirname(file), specifier)));
      else bare.add(specifier);
    }
  }
  return bare;
}

const isSdk = (specifier: string): boolean =>
  /^@opentelemetry\/(sdk-|exporter-|otlp-|resources|core$)/.test(specifier) || specifier.startsWith('@grpc/');

it('follows imports to the end', () => {
  expect([...reached('processor/dist/cli.js')].filter(isSdk)).not.toEqual([]);
});

it.each(['semconv/dist/index.js', 'instrumentation/dist/index.js', 'processor/dist/in-process.js'])(
  '%s reaches no SDK',
  (entry) => {
    expect([...reached(entry)].filter(isSdk)).toEqual([]);
  },
);

it('the command carries all that it needs', () => {
  const needed = [...reached('processor/bundle/cli.js'), ...reached('processor/bundle/worker.js')];
  // pg asks for it only where somebody reads `pg.native`, which nobody does.
  expect(needed.filter((specifier) => !isBuiltin(specifier) && specifier !== 'pg-native')).toEqual([]);
});

it('semconv/dist/index.js reaches nothing but Node.js', () => {
  expect([...reached('semconv/dist/index.js')].filter((specifier) => !specifier.startsWith('node:'))).toEqual([]);
});
