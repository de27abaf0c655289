/** Zod's issues and a YAML document go in, problems with path, place, bad value and remedy come out. Never stops at the first. */
import { type Document, isMap, isNode, isScalar, type LineCounter, type Node } from 'yaml';
import type { z } from 'zod';
import { nearest } from '../base/nearest.ts';
import { withoutUserInfo } from '../base/shown-text.ts';

/** One thing wrong with a configuration. */
export interface Problem {
  /** `chains[0].targets[1].max_age`; empty for the file as a whole. */
  readonly path: string;
  /** From 1; 0 when there is no place to point at. */
  readonly line: number;
  /** As `line`. */
  readonly column: number;
  /** As it was read after expansion; absent where a key is missing. */
  readonly value: string | undefined;
  readonly message: string;
  readonly remedy: string;
}

type Path = readonly PropertyKey[];

/** Where the parts of a document stand in its text. */
export interface Places {
  readonly document: Document;
  readonly lines: LineCounter;
  /** Takes values of the environment out of a text. */
  readonly redact: (text: string) => string;
}

/** A problem at a path; `atKey` points at the key itself instead of its value. */
export function problemAt(
  places: Places,
  path: Path,
  message: string,
  remedy: string,
  { atKey = false, withValue = true }: { readonly atKey?: boolean; readonly withValue?: boolean } = {},
): Problem {
  const offset = offsetOf(places.document, path, atKey);
  const place = offset === undefined ? { line: 0, col: 0 } : places.lines.linePos(offset);
  const value = withValue ? valueAt(places, path) : undefined;
  return { path: formatPath(path), line: place.line, column: place.col, value, message, remedy };
}

/** `chains[0].targets[1].max_age`; keys that are no plain words stand in quotes. */
function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z0-9_]+$/.test(String(step))) text += `${text === '' ? '' : '.'}${String(step)}`;
    else text += `["${String(step)}"]`;
  }
  return text;
}

/** Each issue as one or, for unknown keys, several problems. `keysAt` names the keys that the schema knows at a path. */
export function problemsOf(
  places: Places,
  issues: readonly z.core.$ZodIssue[],
  keysAt: (path: Path) => readonly string[],
): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(places, issue, keysAt));
}

function problemsOfIssue(
  places: Places,
  issue: z.core.$ZodIssue,
  keysAt: (path: Path) => readonly string[],
): Problem[] {
  const missing = !places.document.hasIn(issue.path) && issue.path.length > 0;
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(issue.path);
      return issue.keys.map((key) => {
        const meant = nearest(key, known);
        const remedy = meant === undefined ? `remove it; known here: ${known.join(', ')}` : `did you mean ${meant}?`;
        return problemAt(places, [...issue.path, key], 'is not a known key', remedy, { atKey: true, withValue: false });
      });
    }
    case 'custom': {
      const remedy = typeof issue.params?.remedy === 'string' ? issue.params.remedy : 'correct the value';
      return [
        problemAt(places, issue.path, issue.message, remedy, {
          withValue: !missing && issue.params?.isSecret !== true,
        }),
      ];
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      const meant = nearest(valueAt(places, issue.path) ?? '', values);
      const remedy = `write one of ${values.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
      return [problemAt(places, issue.path, missing ? 'is missing' : 'is not one of the known values', remedy)];
    }
    case 'invalid_type': {
      const wanted = WANTED[issue.expected] ?? {
        message: `is not a ${issue.expected}`,
        remedy: `write a ${issue.expected}`,
      };
      return [problemAt(places, issue.path, missing ? 'is missing' : wanted.message, wanted.remedy)];
    }
    case 'invalid_key':
      return [
        problemAt(places, issue.path, 'is not a header name', 'write letters, digits and hyphens', {
          atKey: true,
          withValue: false,
        }),
      ];
    default:
      return [problemAt(places, issue.path, issue.message, 'correct the value')];
  }
}

const WANTED: Readonly<Record<string, { message: string; remedy: string }>> = {
  object: { message: 'is not a map of keys', remedy: 'write keys with values below it, indented' },
  record: { message: 'is not a map of keys', remedy: 'write keys with values below it, indented' },
  array: { message: 'is not a list', remedy: 'write a list, each entry on its own line after "- "' },
  boolean: { message: 'is not true or false', remedy: 'write true or false' },
};

/** The place of the value, of its key, or of the nearest parent that is there. */
function offsetOf(document: Document, path: Path, atKey: boolean): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const parent = length === 0 ? undefined : document.getIn(path.slice(0, length - 1), true);
    if (isMap(parent) && (atKey || length < path.length)) {
      const key = parent.items.find((pair) => isScalar(pair.key) && pair.key.value === path[length - 1])?.key;
      if (isNode(key) && key.range) return key.range[0];
    }
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && (node as Node).range) return (node as Node).range?.[0];
  }
  return undefined;
}

function valueAt({ document, redact }: Places, path: Path): string | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isNode(node)) return undefined;
  const value: unknown = node.toJS(document);
  if (value === null || value === '') return undefined;
  const whole = typeof value === 'string' ? value : JSON.stringify(value);
  const text = whole === undefined ? undefined : withoutUserInfo(redact(whole));
  return text !== undefined && text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** One line for people: `file:line:column  path: "value" is ...; remedy`. */
export function formatProblem(file: string, problem: Problem): string {
  const place = problem.line === 0 ? file : `${file}:${problem.line}:${problem.column}`;
  const value = problem.value === undefined ? '' : `${JSON.stringify(problem.value)} `;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  return `${place}  ${path}${value}${problem.message}; ${problem.remedy}`;
}
