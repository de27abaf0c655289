/** A path goes in, a configuration or messages for people come out. */
import { readFile } from 'node:fs/promises';
import { type Config, type Environment, formatProblem, parseConfig } from '../config/config.ts';

/** Either a configuration or one line for each problem. */
export type ReadConfig =
  | { readonly config: Config; readonly problems?: never }
  | { readonly problems: readonly string[]; readonly config?: never };

/** Never rejects: a file that cannot be read is a problem like any other. */
export async function readConfig(file: string, env: Environment): Promise<ReadConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : String(error);
    return { problems: [`${file}  cannot be read: ${why}`] };
  }
  const { config, problems } = parseConfig(text, env);
  if (config !== undefined) return { config };
  return { problems: problems.map((problem) => formatProblem(file, problem)) };
}
