/**
 * model/*.yaml in; src/attributes.ts, src/gen-ai.ts, src/metrics.ts and the marked tables of the READMEs out. With `--check`
 * it writes nothing and fails where a file differs.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Model, readModel } from './generator/model.ts';
import { fillRegions, tables } from './generator/tables.ts';
import { attributesSource, metricsSource } from './generator/typescript.ts';

/** Reads the registry that stands beside this file. */
export function loadModel(): Model {
  const directory = new URL('model/', import.meta.url);
  const files = readdirSync(directory).filter((file) => file.endsWith('.yaml') && file !== 'manifest.yaml');
  return readModel(new Map(files.sort().map((file) => [file, readFileSync(new URL(file, directory), 'utf8')])));
}

/** Every generated file, by its path from this directory. `readmes` are the present texts of the files with marked regions. */
export function generate(model: Model, readmes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const filling = tables(model);
  const of = (...files: readonly string[]): string =>
    attributesSource(model.attributes.filter(({ file }) => files.includes(file)));
  return new Map([
    ['src/attributes.ts', of('registry.yaml', 'service.yaml')],
    ['src/gen-ai.ts', of('external.yaml')],
    ['src/metrics.ts', metricsSource(model)],
    ...[...readmes].map(([path, text]): [string, string] => [path, fillRegions(text, filling)]),
  ]);
}

/** The present text of a file by its path from this directory; empty where there is none. */
export function present(path: string): string {
  try {
    return readFileSync(new URL(path, import.meta.url), 'utf8');
  } catch {
    return '';
  }
}

/** The files whose marked regions hold tables. */
export const README_PATHS: readonly string[] = ['README.md'];

function run(check: boolean): void {
  const readmes = new Map(README_PATHS.map((path) => [path, present(path)]));
  const differing = [...generate(loadModel(), readmes)].filter(([path, text]) => present(path) !== text);
  for (const [path, text] of differing) {
    console.log(`${check ? 'differs from the model' : 'written'}: ${path}`);
    if (!check) writeFileSync(new URL(path, import.meta.url), text);
  }
  if (check && differing.length > 0) process.exitCode = 1;
}

if (import.meta.main) run(process.argv.includes('--check'));
