/** The text of a YAML file and an environment go in, its plain values with every variable expanded come out, with the places of all its parts. */
import { LineCounter, parse, parseDocument, visit, type YAMLError } from 'yaml';
import { type Environment, expand, redactor } from './environment.ts';
import type { Places, Problem } from './problems.ts';

/** `value` is absent where the YAML itself is broken; then there are problems. */
export interface ReadDocument {
  readonly places: Places;
  readonly problems: readonly Problem[];
  readonly value?: unknown;
}

/** An empty file is an empty map. */
export function readDocument(text: string, env: Environment): ReadDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const used = new Map<string, string>();
  const places: Places = { document, lines, redact: redactor(used) };
  const broken = [...document.errors, ...document.warnings].map((error) => yamlProblem(error, lines));
  if (broken.length > 0) return { places, problems: broken };

  const problems = [...recursions(places), ...expandAll(places, env, used)];
  if (problems.some(({ message }) => message === RECURSIVE)) return { places, problems };
  try {
    // The limit stops a few lines of nested aliases from growing into gigabytes.
    const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
    return { places, problems, value };
  } catch (error) {
    const message = `is not valid YAML: ${error instanceof Error ? error.message : String(error)}`;
    const remedy = 'write the values out instead of referring to them';
    return { places, problems: [{ path: '', line: 1, column: 1, value: undefined, message, remedy }] };
  }
}

function yamlProblem({ code, message, pos }: YAMLError, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(pos[0]);
  const place = { path: '', line, column: col, value: undefined };
  if (code === 'MULTIPLE_DOCS') {
    return { ...place, message: 'begins a second document', remedy: 'keep one document in the file, without ---' };
  }
  const remedy = 'correct the YAML; values with { } : or # in them want quotes';
  return { ...place, message: `is not valid YAML: ${message}`, remedy };
}

const RECURSIVE = 'refers to what it is part of';

function recursions({ document, lines }: Places): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias(_, node, parents) {
      const target = node.resolve(document);
      if (target === undefined || !parents.includes(target)) return;
      const { line, col } = lines.linePos(node.range?.[0] ?? 0);
      const remedy = 'write the value out, or move the anchor';
      problems.push({ path: '', line, column: col, value: `*${node.source}`, message: RECURSIVE, remedy });
    },
  });
  return problems;
}

/** Expands every value in place and returns what could not be. */
function expandAll({ document, lines }: Places, env: Environment, used: Map<string, string>): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return;
      const written = node.value;
      const { text, whole, unset, foreign, used: values } = expand(written, env);
      for (const [value, reference] of values) if (value !== '') used.set(value, reference);
      const { line, col } = lines.linePos(node.range?.[0] ?? 0);
      const problem = (message: string, remedy: string): Problem => ({
        path: '',
        line,
        column: col,
        value: written,
        message,
        remedy,
      });
      for (const name of unset) {
        const remedy = `set it, or give a default: \${env:${name}:-default}`;
        problems.push(problem(`refers to ${name}, which is not set`, remedy));
      }
      for (const reference of foreign) {
        const remedy = 'only env variables can be; write $$ for a dollar sign';
        problems.push(problem(`has ${reference}, which cannot be expanded`, remedy));
      }
      node.value = whole && node.type === 'PLAIN' ? asYaml(text) : text;
    },
  });
  return problems;
}

/** A variable may hold a number, true or a list, as in the Collector. */
function asYaml(text: string): unknown {
  try {
    const value: unknown = parse(text);
    return value;
  } catch {
    return text;
  }
}
