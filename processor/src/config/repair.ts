/**
 * Values of a configuration and what is wrong with single fields go in, the values without those fields come out, so that what the rest
 * contradicts can be told in the same pass. Fields that must be there get a stand-in that contradicts nothing.
 */
import type { z } from 'zod';

type Path = readonly PropertyKey[];
type Container = Record<PropertyKey, unknown>;

/** Changes a copy; the issues are those of the schema for the values. */
export function withoutIssues(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) repair(copy, [...issue.path, key]);
    else repair(copy, issue.path);
  }
  return copy;
}

function repair(root: unknown, path: Path): void {
  const [last] = path.slice(-1);
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((value, step) => (isContainer(value) ? value[step] : undefined), root);
  if (last === undefined || !isContainer(parent)) return;
  const standIn = standInFor(path);
  if (standIn !== undefined) parent[last] = standIn;
  // An entry of a list takes the list with it.
  else if (typeof last === 'number') repair(root, path.slice(0, -1));
  else delete parent[last];
}

function standInFor(path: Path): unknown {
  const [above, last] = path.slice(-2);
  const unique = `\0${path.map(String).join('.')}`;
  if (typeof last === 'number') {
    if (above === 'targets') return { name: unique, type: typeAt(last) };
    return above === 'chains' ? { name: unique, targets: targetsOf(unique) } : undefined;
  }
  switch (last) {
    case 'name':
    case 'cert_file':
    case 'key_file':
    case 'file':
      return unique;
    case 'type':
      return typeAt(Number(above));
    case 'targets':
      return targetsOf(unique);
    case 'endpoint':
      return path[0] === 'exporters' ? 'http://stand-in' : '127.0.0.1:0';
    default:
      return undefined;
  }
}

const typeAt = (rank: number): string => (rank === 0 ? 'primary' : 'fallback');
const targetsOf = (unique: string): object[] =>
  [0, 1].map((rank) => ({ name: `${unique}${rank}`, type: typeAt(rank) }));
const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;
