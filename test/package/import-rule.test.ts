/**
 * The import rule of ARCHITECTURE.md as biome.json states it: small files that break it one way each are linted in a
 * folder of their own, and each must be reported by the rule meant for it; files that keep it must pass.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

interface Case {
  readonly file: string;
  readonly source: string;
  /** The rule that must fire; nothing where the file keeps the rule. */
  readonly rule?: 'noRestrictedImports' | 'noRestrictedGlobals' | 'noImportCycles';
}

const from = (specifier: string): string => `import { x } from '${specifier}';\nexport const y: number = x;\n`;
const readsProcess = 'export const y: number = process.pid;\n';
const importsProcess = "import { pid } from 'node:process';\nexport const y: number = pid;\n";

const cases: readonly Case[] = [
  { file: 'semconv/src/a.ts', source: from('@warmspare/processor'), rule: 'noRestrictedImports' },
  { file: 'semconv/src/b.ts', source: from('../../processor/src/ids.ts'), rule: 'noRestrictedImports' },
  { file: 'semconv/src/c.ts', source: from('@warmspare/instrumentation'), rule: 'noRestrictedImports' },
  { file: 'semconv/src/d.ts', source: readsProcess, rule: 'noRestrictedGlobals' },
  { file: 'instrumentation/src/a.ts', source: from('@warmspare/processor/in-process'), rule: 'noRestrictedImports' },
  { file: 'instrumentation/src/b.ts', source: from('@opentelemetry/sdk-trace-base'), rule: 'noRestrictedImports' },
  { file: 'instrumentation/src/c.ts', source: readsProcess, rule: 'noRestrictedGlobals' },
  { file: 'instrumentation/src/d.ts', source: importsProcess, rule: 'noRestrictedImports' },
  { file: 'instrumentation/src/e.test.ts', source: from('@warmspare/processor'), rule: 'noRestrictedImports' },
  { file: 'processor/src/a.ts', source: from('@warmspare/instrumentation'), rule: 'noRestrictedImports' },
  { file: 'processor/src/b.ts', source: readsProcess, rule: 'noRestrictedGlobals' },
  { file: 'processor/src/receive/a.ts', source: from('../normalise.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/receive/b.ts', source: from('../ledger/merge.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/receive/c.ts', source: from('../pipeline.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/ledger/b.ts', source: from('../in-process/producer.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/receive/d.ts', source: from('@warmspare/instrumentation'), rule: 'noRestrictedImports' },
  { file: 'processor/src/receive/e.ts', source: importsProcess, rule: 'noRestrictedImports' },
  { file: 'processor/src/normalise.ts', source: from('./classify.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/dialects/a.ts', source: from('../judge.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/classify.ts', source: from('./judge.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/siblings/a.ts', source: from('../ledger/merge.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/judge.ts', source: from('./freshness.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/ledger/a.ts', source: from('../metrics.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/store/a.ts', source: from('../output/page.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/freshness.ts', source: from('./metrics.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/metrics.ts', source: from('./output/otlp.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/output/a.ts', source: from('../ledger/merge.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/output/b.ts', source: from('../receive/http.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/output/c.ts', source: from('../service.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/types/a.ts', source: from('../ids.ts'), rule: 'noRestrictedImports' },
  {
    file: 'processor/src/ledger/cycle-a.ts',
    source: "import { b } from './cycle-b.ts';\nexport const a: number = b;\n",
    rule: 'noImportCycles',
  },
  {
    file: 'processor/src/ledger/cycle-b.ts',
    source: "import { a } from './cycle-a.ts';\nexport const b: number = a;\n",
    rule: 'noImportCycles',
  },
  { file: 'instrumentation/src/register.ts', source: readsProcess },
  { file: 'instrumentation/src/kept.ts', source: from('@warmspare/semconv') },
  { file: 'processor/src/cli.ts', source: `${from('./service.ts')}export const z: number = process.pid;\n` },
  { file: 'processor/src/service.ts', source: from('./receive/http.ts') },
  { file: 'processor/src/receive/kept.ts', source: from('../types/span.ts') },
  { file: 'processor/src/ledger/kept.ts', source: from('../types/store.ts') },
  { file: 'processor/src/ledger/kept-2.ts', source: from('../types/pipeline.ts') },
  { file: 'processor/src/output/kept.ts', source: from('../types/snapshot.ts') },
  { file: 'processor/src/output/kept-2.ts', source: from('./format.ts') },
  { file: 'processor/src/output/page/kept.ts', source: from('../../types/snapshot.ts') },
  { file: 'processor/src/output/page/kept-2.ts', source: from('../duration.ts') },
  { file: 'processor/src/output/page/a.ts', source: from('../../metrics.ts'), rule: 'noRestrictedImports' },
  { file: 'processor/src/output/kept-3.ts', source: from('@warmspare/semconv') },
];

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'warmspare-import-rule-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: unknown } }[];
}

/** Writes every case, lints them in one run, and returns the rules that fired, by file. */
function lint(): Map<string, string[]> {
  copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  for (const { file, source } of cases) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [
    biome,
    'lint',
    '--reporter=json',
    '--max-diagnostics=none',
    '--diagnostic-level=error',
    '--vcs-enabled=false',
    '.',
  ];
  let output: string;
  try {
    output = execFileSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    output = String((error as { stdout: unknown }).stdout);
  }
  const fired = new Map<string, string[]>();
  for (const { category, location } of (JSON.parse(output) as Report).diagnostics) {
    const path = typeof location.path === 'string' ? location.path : (location.path as { file: string }).file;
    fired.set(path, [...(fired.get(path) ?? []), category.slice(category.lastIndexOf('/') + 1)]);
  }
  return fired;
}

describe('the import rule', () => {
  const fired = lint();

  it.each(cases.filter((one) => one.rule !== undefined))('reports $file by $rule', ({ file, rule }) => {
    expect(fired.get(file) ?? []).toContain(rule);
  });

  it.each(cases.filter((one) => one.rule === undefined))('lets $file pass', ({ file }) => {
    expect((fired.get(file) ?? []).filter((rule) => /^noRestricted|^noImportCycles/.test(rule))).toEqual([]);
  });
});
