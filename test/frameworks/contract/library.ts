/** A library as the contract suite runs it: its packages, and one row for each thing that users do with it. */
import type { Step } from '@warmspare/providers';
import type { ProviderName } from './providers.ts';

/** Text that must not stand in anything Warmspare records: every prompt and every output contains it. */
export const SECRET = 'the-quick-brown-secret';

/** What a case of the app is given beside the library: the base URLs of the local providers, without a path, by their names, and more. */
export interface World extends Readonly<Record<ProviderName, string>> {
  /** See {@link SECRET}. */
  readonly secret: string;
  /** What an app imports of ours, with and without the hooks. */
  readonly warmspare: typeof import('@warmspare/instrumentation');
  /** Loads a package from the library's folder in the module system under test. */
  load(specifier: string): Promise<unknown>;
}

/** The columns of the support table. */
export type Feature =
  | 'call'
  | 'stream'
  | 'failure'
  | 'schema'
  | 'list declared'
  | 'list falls'
  | 'all fail'
  | 'concurrent'
  | 'telemetry off'
  | 'tools'
  | 'embeddings'
  | 'cache';

/** One use of the library: what the providers answer, what the app does, and what must be known afterwards. */
export interface Case<Lib> extends Partial<Readonly<Record<ProviderName, readonly Step[]>>> {
  readonly name: string;
  readonly feature: Feature;
  /** What it resolves to, or throws, is compared with and without Warmspare. */
  run(lib: Lib, world: World): Promise<unknown>;
  /** The calls on the channel, in the order in which they ended, as {@link callLine} writes them. */
  readonly calls: readonly string[];
  /** The rows of a real processor, as `rowLines` writes them. */
  readonly rows: readonly string[];
  /** Number of spans that stand for an LLM call, whoever started them. As many as there are calls where it is left out. */
  readonly spans?: number;
}

/** A library, or one major version of it. */
export interface Library<Lib> {
  /** As the support table names it: `Vercel AI SDK (ai) 7`. */
  readonly name: string;
  /** Its workspace below `libraries/`. */
  readonly folder: string;
  readonly systems: readonly ModuleSystem[];
  load(world: World): Promise<Lib>;
  readonly cases: readonly Case<Lib>[];
}

export type ModuleSystem = 'esm' | 'cjs';

/** Keeps the library's own types inside its table. */
export function library<Lib>(table: Library<Lib>): Library<unknown> {
  return table as Library<unknown>;
}
