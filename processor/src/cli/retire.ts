/** `warmspare retire`: asks a running service to forget a target. */
import { callAdmin, DEFAULT_URL, errorOf } from './admin-client.ts';
import type { Options } from './command-line.ts';
import type { ExitCode, Io } from './io.ts';

/** 0 retired, 1 no row matches, 2 wrong use, refused or unreachable. */
export async function retire(options: Options, io: Io): Promise<ExitCode> {
  const { url, chain, target, service, namespace, environment } = options;
  if (typeof chain !== 'string' || typeof target !== 'string') {
    io.stderr.write('warmspare: retire wants --chain and --target; warmspare status lists them\n');
    return 2;
  }
  const selector = { chain, target, service, namespace, environment };
  const answer = await callAdmin(io, typeof url === 'string' ? url : DEFAULT_URL, '/api/retire', selector);
  if ('unreachable' in answer) {
    io.stderr.write(`warmspare: ${answer.unreachable}\n`);
    return 2;
  }
  if (answer.status !== 200) {
    io.stderr.write(`warmspare: ${errorOf(answer)}\n`);
    return answer.status === 404 ? 1 : 2;
  }
  io.stdout.write(`Retired ${target} of ${chain}. A later announcement of it brings it back.\n`);
  return 0;
}
