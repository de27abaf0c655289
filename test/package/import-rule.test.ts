/** The import rule of ARCHITECTURE.md, held against every import of every source file: `stages.ts` has the order of the stages. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PACKAGES, type Package } from './stages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Import {
  readonly file: string;
  /** A path from the package's `src` where the import is relative, else the specifier. */
  readonly target: string;
  readonly relative: boolean;
}

const IMPORT =
  /^\s*(?:import|export)\b[^'"]*?\bfrom\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

function importsOf(file: string, text: string): readonly Import[] {
  return [...text.matchAll(IMPORT)].map(([, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic ?? '';
    const relative = specifier.startsWith('.');
    return { file, relative, target: relative ? normalize(join(dirname(file), specifier)) : specifier };
  });
}

/** The place of the stage that claims a file; -1 where none does. */
function stageOf({ stages }: Package, file: string): number {
  let best = { stage: -1, length: 0 };
  for (const [stage, [, ...paths]] of stages.entries()) {
    for (const path of paths) {
      const fits = path.endsWith('/') ? file.startsWith(path) : file === path;
      if (fits && path.length > best.length) best = { stage, length: path.length };
    }
  }
  return best.stage;
}

/** What breaks the rule, one sentence each. */
function problemsOf(of: Package, imports: readonly Import[]): readonly string[] {
  return imports.flatMap(({ file, target, relative }): string[] => {
    const from = stageOf(of, file);
    if (from < 0) return [`no stage claims ${file}`];
    if (!relative) {
      const [, other] = /^@warmspare\/([^/]+)/.exec(target) ?? [];
      if (other !== undefined && !of.mayImport.includes(other)) return [`${file} imports ${target}`];
      if (of.name !== 'processor' && /^@opentelemetry\/sdk-/.test(target)) return [`${file} imports an SDK: ${target}`];
      if (/^(?:node:)?process$/.test(target) && !of.entries.includes(file)) return [`${file} imports ${target}`];
      return [];
    }
    if (target.startsWith('..')) return [`${file} leaves its package: ${target}`];
    const to = stageOf(of, target);
    if (to < 0) return [`no stage claims ${target}`];
    return to > from ? [`${file} imports the later stage ${of.stages[to]?.[0]}: ${target}`] : [];
  });
}

/** One cycle of imports, as its files in order; undefined where there is none. */
function cycleIn(imports: readonly Import[]): readonly string[] | undefined {
  const targets = Map.groupBy(
    imports.filter(({ relative }) => relative),
    ({ file }) => file,
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { target } of targets.get(file) ?? []) {
      const found = visit(target, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}

const isProduct = (file: string): boolean => !/\.test\.ts$|testdata\//.test(file);

describe.each(PACKAGES)('$name', (of) => {
  const src = join(root, of.name, 'src');
  const files = globSync('**/*.ts', { cwd: src }).filter(isProduct);
  const imports = files.flatMap((file) => importsOf(file, readFileSync(join(src, file), 'utf8')));

  it('has a stage for every file, and every stage has a file', () => {
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => stageOf(of, file) < 0)).toEqual([]);
    const claimed = new Set(files.map((file) => stageOf(of, file)));
    expect(of.stages.filter((_, stage) => !claimed.has(stage)).map(([stage]) => stage)).toEqual([]);
  });

  it('imports earlier stages and what it may only', () => {
    expect(problemsOf(of, imports)).toEqual([]);
  });

  it('lets its tests import no other half either', () => {
    const tests = globSync('**/*.ts', { cwd: src }).filter((file) => !isProduct(file));
    const others = PACKAGES.map(({ name }) => name).filter((name) => name !== of.name && !of.mayImport.includes(name));
    const foreign = tests
      .flatMap((file) => importsOf(file, readFileSync(join(src, file), 'utf8')))
      .filter(({ target }) =>
        others.some((name) => target.startsWith(`@warmspare/${name}`) || target.includes(`../${name}/`)),
      );
    expect(foreign).toEqual([]);
  });

  it('has no cycle of imports', () => {
    expect(cycleIn(imports)).toBeUndefined();
  });
});

describe('the rule', () => {
  const of: Package = {
    name: 'x',
    mayImport: ['semconv'],
    stages: [
      ['a', 'a/'],
      ['b', 'b/', 'b.ts'],
    ],
    entries: ['b.ts'],
  };
  const problems = (file: string, text: string): readonly string[] => problemsOf(of, importsOf(file, text));

  it.each([
    ['a later stage', 'a/one.ts', "import { x } from '../b/two.ts';"],
    ['a later stage, for its types', 'a/one.ts', "import type { x } from '../b.ts';"],
    ['a later stage, exported again', 'a/one.ts', "export { x } from '../b.ts';"],
    ['a later stage, loaded while it runs', 'a/one.ts', "const x = await import('../b/two.ts');"],
    ['a file that no stage claims', 'a/one.ts', "import '../c.ts';"],
    ['another package by its path', 'a/one.ts', "import { x } from '../../../y/src/a.ts';"],
    ['another package by its name', 'a/one.ts', "import { x } from '@warmspare/processor';"],
    ['an SDK of OpenTelemetry', 'a/one.ts', "import { x } from '@opentelemetry/sdk-trace';"],
    ['process outside of an entry', 'a/one.ts', "import process from 'node:process';"],
  ])('refuses %s', (_, file, text) => {
    expect(problems(file, text)).toHaveLength(1);
  });

  it.each([
    ['its own stage', 'a/one.ts', "import { x } from './two.ts';"],
    ['an earlier one, over several lines', 'b/one.ts', "import {\n  type x,\n  y,\n} from '../a/two.ts';"],
    ['a package that it may', 'a/one.ts', "import { x } from '@warmspare/semconv';"],
    ['process in an entry', 'b.ts', "import process from 'node:process';"],
  ])('lets a file import %s', (_, file, text) => {
    expect(problems(file, text)).toEqual([]);
  });

  it('finds a cycle, however long', () => {
    const cyclic = [
      ...importsOf('a/one.ts', "import { x } from './two.ts';"),
      ...importsOf('a/two.ts', "import type { y } from './three.ts';"),
      ...importsOf('a/three.ts', "import { z } from './one.ts';"),
    ];
    expect(cycleIn(cyclic)).toEqual(['a/one.ts', 'a/two.ts', 'a/three.ts', 'a/one.ts']);
  });
});
