/** Whatever a package's entries export says in its types what it is, and a member that is a number in what unit. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './pack.ts';

const PACKAGES = ['semconv', 'instrumentation', 'processor'] as const;

/** The declaration files of a package's entries. */
function entries(name: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, name, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  return Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [join(ROOT, name, entry.types)]));
}

/** Every name that a declaration file exports, by the text of the file that declares it. */
function exported(file: string): Map<string, string> {
  const text = readFileSync(file, 'utf8');
  const found = new Map<string, string>();
  for (const [, name] of text.matchAll(
    /^export (?:declare )?(?:abstract )?(?:function|class|const|interface|type) (\w+)/gm,
  )) {
    if (name !== undefined) found.set(name, text);
  }
  for (const [, names, from] of text.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from '(\.[^']*)\.ts';/gm)) {
    const beside = exported(join(dirname(file), `${from}.d.ts`));
    const wanted = names === '*' ? [...beside.keys()] : (names?.match(/\w+(?=\s*[,}])/g) ?? []);
    for (const name of wanted) found.set(name, beside.get(name) ?? '');
  }
  return found;
}

/** What is declared of `name` without a comment before it: the name itself, or a `name.member` that is a number. */
function undocumented(name: string, text: string): string[] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) =>
    new RegExp(`^(export )?(declare )?(abstract )?(function|class|const|interface|type) ${name}\\b`).test(line),
  );
  const own = at > 0 && lines[at - 1]?.trimEnd().endsWith('*/') === true ? [] : [name];
  if (!/ (interface|class) /.test(` ${lines[at]}`)) return own;
  const end = lines.findIndex((line, number) => number > at && line.startsWith('}'));
  const members = lines.slice(at + 1, end).flatMap((line, index) => {
    const member = /^ {4}(?:readonly )?(\w+)\??: number\b/.exec(line)?.[1];
    const before = lines[at + index]?.trimEnd() ?? '';
    return member === undefined || before.endsWith('*/') ? [] : [`${name}.${member}`];
  });
  return [...own, ...members];
}

it('tells what has a comment from what has none', () => {
  const text =
    '/** One. */\nexport declare function one(): void;\nexport interface Two {\n    /** A. */\n    readonly a: number;\n    b?: number;\n    c: string;\n}\n';
  expect(undocumented('one', text)).toEqual([]);
  expect(undocumented('Two', text)).toEqual(['Two', 'Two.b']);
});

describe.each(PACKAGES)('%s', (name) => {
  it('says what each of its exports is, and in what unit a number is', () => {
    const found = entries(name).flatMap((entry) =>
      [...exported(entry)].flatMap(([symbol, text]) => undocumented(symbol, text)),
    );
    expect([...new Set(found)]).toEqual([]);
  });
});
