/** A path goes in, a configuration or messages for people come out. */
import { readFile } from 'node:fs/promises';
import { type Config, type Environment, formatProblem, parseConfig } from '../config/config.ts';

/** Either a configuration or one line for each problem. */
export type ReadConfig =
  | {
      readonly config: Config;
      /** Takes values of the environment out of a message. */
      readonly redact: (message: string) => string;
      readonly problems?: never;
    }
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
  const { config, problems, redact } = parseConfig(text, env);
  if (config !== undefined) return { config, redact };
  return { problems: problems.map((problem) => redact(formatProblem(file, problem))) };
}
