/** Hooks the libraries whose exports are patched, in ESM and CJS, and leaves versions alone that nobody looked at. */
import { diag } from '@opentelemetry/api';
import { InstrumentationNodeModuleDefinition, InstrumentationNodeModuleFile } from '@opentelemetry/instrumentation';
import { guarded } from './base/report.ts';
import { FRAMEWORKS } from './frameworks/frameworks.ts';
import { MODELS } from './models/models.ts';
import type { LiveRecorder, PatchedLibrary } from './types/library.ts';

export const LIBRARIES: readonly PatchedLibrary[] = [...MODELS, ...FRAMEWORKS];

/** What an import hook has to let through for them: packages, subpaths and files. */
export function importsOf(libraries: readonly PatchedLibrary[]): readonly (string | RegExp)[] {
  return libraries.flatMap(({ module, subpaths = [], files = [] }) => [
    module,
    ...subpaths.map((path) => `${module}/${path}`),
    ...files.map((file) => new RegExp(`/node_modules/${escaped(`${module}/${file}`)}$`)),
  ]);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Any version is hooked, so that one that is not known can be told of. */
const ANY = ['*'];

export function definitionsOf(
  library: PatchedLibrary,
  live: LiveRecorder,
): readonly InstrumentationNodeModuleDefinition[] {
  const { module, files = [], subpaths = [] } = library;
  const patch = (exported: unknown, version?: string): unknown => patchExports(library, exported, version, live);
  const unpatch = (): void => {};
  const inside = files.map((file) => new InstrumentationNodeModuleFile(`${module}/${file}`, ANY, patch, unpatch));
  return [
    new InstrumentationNodeModuleDefinition(module, ANY, patch, unpatch, inside),
    ...subpaths.map((path) => new InstrumentationNodeModuleDefinition(`${module}/${path}`, ANY, patch, unpatch)),
  ].map((definition) => Object.assign(definition, { includePrerelease: true }));
}

const told = new Set<string>();

function patchExports(
  library: PatchedLibrary,
  exported: unknown,
  version: string | undefined,
  live: LiveRecorder,
): unknown {
  const { module, majors } = library;
  const major = Number.parseInt(version ?? '', 10);
  if (!majors.includes(major)) {
    const what = `${module} ${version}`;
    if (!told.has(what)) {
      told.add(what);
      diag.warn(`@warmspare/instrumentation: ${what} is left alone; versions ${majors.join(', ')} are known.`);
    }
    return exported;
  }
  const replace = (): unknown => replaced(exported, library.patch(exported, live));
  return guarded(`${module} could not be patched`, replace, exported);
}

/** Exports that cannot be written to (getters of a bundle) are copied: what the app gets has the same names. */
function replaced(exported: unknown, exports: ReadonlyMap<string, unknown>): unknown {
  if (typeof exported !== 'object' || exported === null) return exported;
  const left = [...exports].filter(
    ([name, value]) => !Reflect.set(exported, name, value) || Reflect.get(exported, name) !== value,
  );
  if (left.length === 0) return exported;
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(exported);
  for (const [name, value] of left) {
    descriptors[name] = {
      value,
      enumerable: descriptors[name]?.enumerable ?? true,
      configurable: true,
      writable: true,
    };
  }
  return Object.create(Object.getPrototypeOf(exported), descriptors);
}
