/** Every attribute, span and metric name stands once, in semconv: no other shipped source spells one out. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as semconv from '@warmspare/semconv';
import { expect, it } from 'vitest';
import { ROOT } from './pack.ts';

/** Constants by the name that they hold. A name of one word (`prompt`) is too common to be looked for. */
const constants = new Map(
  Object.entries(semconv).flatMap(([constant, value]): [string, string][] =>
    typeof value === 'string' && /^(ATTR|METRIC|SPAN_NAME|CALL)_/.test(constant) && /[.:]/.test(value)
      ? [[value, constant]]
      : [],
  ),
);

/** A quoted literal, outside comments and symbol keys: a name, or anything in our namespaces. */
function spelledOut(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$|Symbol\.for\(.*?\)/gm, '');
  const literals = code.match(/(?<=(['"]))[a-z][\w.:]*(?=\1)/g) ?? [];
  return literals.filter(
    (literal) => constants.has(literal) || /^(llm_fallback[.:]|warmspare\.(?!db$|yaml$))/.test(literal),
  );
}

it('knows the names', () => {
  expect(constants.get('llm_fallback.route.type')).toBe('ATTR_LLM_FALLBACK_ROUTE_TYPE');
  expect(spelledOut("// 'llm_fallback.route.type'\nset('llm_fallback.route.type', 1)")).toEqual([
    'llm_fallback.route.type',
  ]);
});

it('no shipped source outside semconv spells a name out', () => {
  const files = globSync('{instrumentation,processor}/src/**/*.ts', { cwd: ROOT }).filter(
    (file) => !/\.test\.ts$/.test(file),
  );
  const found = files.flatMap((file) =>
    spelledOut(readFileSync(join(ROOT, file), 'utf8')).map(
      (name) => `${file}: '${name}' (use ${constants.get(name) ?? 'a constant of semconv'})`,
    ),
  );
  expect(found).toEqual([]);
});
