/**
 * The package lint: packs the three packages, and holds each tarball against publint and against "are the types wrong"
 * (profile esm-only). Prints a line a package and every problem; exits 1 if there is any.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pack, ROOT, type Tarball } from './pack.ts';

const run = promisify(execFile);

async function publishProblems({ path, folder }: Tarball): Promise<string[]> {
  const tarball = await readFile(path);
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
  return messages.map(
    (message) => `publint ${message.type}: ${formatMessage(message, pkg) ?? message.code} (${folder})`,
  );
}

async function typeProblems({ path }: Tarball): Promise<string[]> {
  const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  try {
    await run(process.execPath, [attw, path, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji']);
    return [];
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return [`attw:\n${stdout ?? ''}${stderr ?? ''}`];
  }
}

async function lint(tarball: Tarball): Promise<readonly string[]> {
  const problems = (await Promise.all([publishProblems(tarball), typeProblems(tarball)])).flat();
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${tarball.name}, ${tarball.files.length} files`);
  for (const problem of problems) console.log(`     ${problem}`);
  return problems;
}

const folder = await mkdtemp(join(tmpdir(), 'warmspare-lint-'));
try {
  const problems = await Promise.all((await pack(folder)).map(lint));
  if (problems.flat().length > 0) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
