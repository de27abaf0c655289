/** `warmspare check-config`: says every problem of a file, or what the file sets up. */
import { formatEndpoint } from '../config/config.ts';
import type { ExitCode, Io } from './io.ts';
import { readConfig } from './read-config.ts';

/** 0 without a problem, 2 with any. */
export async function checkConfig(file: string, { env, stdout, stderr }: Io): Promise<ExitCode> {
  const { config, problems } = await readConfig(file, env);
  if (problems !== undefined) {
    for (const problem of problems) stderr.write(`${problem}\n`);
    stderr.write(`${problems.length} problem${problems.length === 1 ? '' : 's'}.\n`);
    return 2;
  }
  const { chains } = config.policies;
  const targets = chains.reduce((sum, chain) => sum + chain.targets.length, 0);
  stdout.write(
    `${file} is fine: ${count(chains.length, 'chain')}, ${count(targets, 'target')}; admin on ${formatEndpoint(config.admin.endpoint)}.\n`,
  );
  return 0;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
