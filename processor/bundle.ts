/**
 * Writes the command `warmspare` with all that it depends on into the few files of `bundle`: a start that asks for five hundred modules one by
 * one spends most of its time on that. What the libraries' licences ask to be passed on goes with them. `npm run build` runs it.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

const here = fileURLToPath(new URL('.', import.meta.url));
// One level below the package, as the compiled files are: the command reads the manifest from there.
const dir = join(here, 'bundle');

/** OpenTelemetry's gRPC exporter asks for its library while it runs, in a form that no bundler follows. */
const REQUIRED = '__require("@grpc/grpc-js")';
const followed: Plugin = {
  name: 'followed',
  transform: (code) =>
    code.includes(REQUIRED)
      ? `import * as grpcLibrary from '@grpc/grpc-js';\n${code.replaceAll(REQUIRED, 'grpcLibrary')}`
      : null,
};

/** PostgreSQL's client can use a native library where an application has it: the command has none. */
const NATIVE = 'pg-native';
const withoutNative: Plugin = {
  name: 'without-native',
  resolveId: (id) => (id === NATIVE ? `\0${NATIVE}` : null),
  load: (id) => (id === `\0${NATIVE}` ? `throw new Error('there is no ${NATIVE}');` : null),
};

const bundle = await rolldown({
  // The thread of the store is started by the name of its file.
  input: { cli: join(here, 'src/cli.ts'), worker: join(here, 'src/store/sqlite/worker.ts') },
  platform: 'node',
  plugins: [followed, withoutNative],
  onLog(level, log) {
    if (level === 'warn') throw new Error(log.message);
  },
});
rmSync(dir, { recursive: true, force: true });
const { output } = await bundle.write({ dir, format: 'esm', sourcemap: false, chunkFileNames: '[name].js' });
await bundle.close();

const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
const packages = new Set(modules.map(packageOf).filter((folder) => folder !== undefined));
writeFileSync(
  join(dir, 'THIRD-PARTY-LICENSES.txt'),
  [...packages]
    .sort()
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`),
);

/** The folder of the library that a module is of; undefined for our own. */
function packageOf(module: string): string | undefined {
  const found = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module.replaceAll('\\', '/'))?.[0];
  return found !== undefined && existsSync(join(found, 'package.json')) ? found : undefined;
}

function licenceOf(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { name, version, license } = manifest as { name: string; version: string; license: string };
  const files = readdirSync(folder).filter((file) => /^(licen[sc]e|notice)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'));
  if (texts.length === 0) texts.push(chapterOf(readFileSync(join(folder, 'README.md'), 'utf8'), name));
  return `${name} ${version}, ${license}\n\n${texts.join('\n')}`;
}

/** Some packages have their licence at the end of their README only. */
function chapterOf(readme: string, name: string): string {
  const [, text] = /^#+ licen[sc]e\s*$(.*)/ims.exec(readme) ?? [];
  if (text === undefined) throw new Error(`${name} has no licence text to pass on`);
  return text.trim();
}
