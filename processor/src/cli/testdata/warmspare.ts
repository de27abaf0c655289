/** The command line in a test: what a command finds goes in, what it wrote and asked comes out. */
import type { Io } from '../io.ts';
import { run } from '../run.ts';

/** What a command finds when it runs; a terminal where there are columns. */
export interface Surroundings {
  readonly env?: Record<string, string>;
  readonly columns?: number;
  readonly answer?: (url: string, init: RequestInit) => Response | Promise<Response>;
}

/** Runs a command as the entry file does, and gives back all that it wrote, asked and exited with. */
export async function warmspare(args: readonly string[], { env = {}, columns, answer }: Surroundings = {}) {
  const written = { stdout: '', stderr: '' };
  const asked: { url: string; init: RequestInit }[] = [];
  const output = (stream: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[stream] += text;
    },
    isTTY: columns !== undefined,
    columns,
  });
  const io: Io = {
    env,
    version: '1.2.3',
    stdout: output('stdout'),
    stderr: output('stderr'),
    now: () => 0,
    fetch: (async (url: URL, init: RequestInit) => {
      asked.push({ url: url.href, init });
      if (answer === undefined)
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
      return answer(url.href, init);
    }) as typeof fetch,
    untilStopped: () => Promise.resolve('SIGTERM'),
    onReload: () => undefined,
  };
  const code = await run(args, io);
  return { code, asked, ...written };
}
