/** The tables of libraries in, the table of what is supported out, as `instrumentation/README.md` has it. */
import type { Feature, Library } from './library.ts';

/** Column heads, in their order. What every library must do has none. */
const COLUMNS: readonly (readonly [Feature, string])[] = [
  ['call', 'calls'],
  ['stream', 'streams'],
  ['failure', 'failures'],
  ['schema', 'schema judged'],
  ['tools', 'tool loops'],
  ['embeddings', 'embeddings'],
  ['list declared', 'list known before it runs'],
  ['list falls', 'each try of a list'],
  ['all fail', 'all fail'],
  ['concurrent', 'at the same time'],
  ['cache', 'caches'],
];

export const BEGIN = '<!-- generated:support -->';
export const END = '<!-- /generated:support -->';

export function supportTable(libraries: readonly Library<unknown>[]): string {
  const rows = libraries.map(({ name, systems, cases }) => {
    const tested = new Set(cases.map(({ feature }) => feature));
    return [
      name,
      systems.map((system) => system.toUpperCase()).join(', '),
      ...COLUMNS.map(([feature]) => (tested.has(feature) ? 'yes' : '')),
    ];
  });
  const head = ['library', 'loaded as', ...COLUMNS.map(([, name]) => name)];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** `text` with what stands between the marks replaced. Throws where there are none. */
export function withTable(text: string, table: string): string {
  const [before, rest] = split(text, BEGIN);
  const [, after] = split(rest, END);
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}

function split(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at === -1) throw new Error(`${mark} is missing`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
