/** `warmspare status`: the readiness table of a running service, with an exit code that a CI gate can use. */
import { TARGET_STATES } from '@warmspare/semconv';
import type { StatusDocument } from '../output/status-json.ts';
import { callAdmin, DEFAULT_URL, errorOf } from './admin-client.ts';
import type { Options } from './command-line.ts';
import type { ExitCode, Io } from './io.ts';
import { statusTable } from './status-table.ts';
import { styleOf } from './terminal.ts';

/** 0 all fresh, 1 some not, 2 cannot tell. */
export async function status(options: Options, io: Io): Promise<ExitCode> {
  const url = typeof options.url === 'string' ? options.url : DEFAULT_URL;
  const { state } = options;
  if (typeof state === 'string' && !(TARGET_STATES as readonly string[]).includes(state)) {
    io.stderr.write(`warmspare: there is no state ${state}; states are ${TARGET_STATES.join(', ')}\n`);
    return 2;
  }
  const answer = await callAdmin(io, url, `/status.json${filterOf(options)}`);
  if ('unreachable' in answer || answer.status !== 200 || !isStatus(answer.body)) {
    io.stderr.write(`warmspare: ${'unreachable' in answer ? answer.unreachable : errorOf(answer)}\n`);
    return 2;
  }
  const document = answer.body;
  if (options.json === true) io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else io.stdout.write(statusTable(document, styleOf(io)));
  return exitCode(document);
}

/** By the rows that are judged; without any, or without a span ever seen, nobody can tell. */
function exitCode({ targets, services }: StatusDocument): ExitCode {
  const judged = targets.filter(({ state }) => state !== undefined);
  if (judged.length === 0 || services.length === 0) return 2;
  return judged.every(({ state }) => state === 'fresh') ? 0 : 1;
}

/** The service narrows, so that ten thousand rows need not travel for one. */
function filterOf(options: Options): string {
  const query = new URLSearchParams();
  for (const key of ['namespace', 'service', 'environment', 'chain', 'target', 'state']) {
    const value = options[key];
    if (typeof value === 'string') query.set(key, value);
  }
  return query.size === 0 ? '' : `?${query}`;
}

/** Whether the answer is a document of /status.json. */
export function isStatus(body: unknown): body is StatusDocument {
  return (
    typeof body === 'object' && body !== null && 'targets' in body && Array.isArray(body.targets) && 'services' in body
  );
}
