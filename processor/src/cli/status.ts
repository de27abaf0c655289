/** `warmspare status`: the readiness table of a running service, with an exit code that a CI gate can use. */
import { TARGET_STATES } from '@warmspare/semconv';
import { nearest } from '../base/nearest.ts';
import { shownDocument, shownText } from '../base/shown-text.ts';
import type { StatusDocument, StatusTarget } from '../output/status-json.ts';
import { callAdmin, DEFAULT_URL, errorOf } from './admin-client.ts';
import type { Options } from './command-line.ts';
import type { ExitCode, Io } from './io.ts';
import { whatElse } from './rows-near.ts';
import { statusTable } from './status-table.ts';
import { styleOf } from './terminal.ts';

/** 0 all fresh (with `--strict` and no assumption broken), 1 some not, 2 cannot tell. */
export async function status(options: Options, io: Io): Promise<ExitCode> {
  const { state } = options;
  if (typeof state === 'string' && !(TARGET_STATES as readonly string[]).includes(state)) {
    const meant = nearest(state, TARGET_STATES);
    const hint = meant === undefined ? `states are ${TARGET_STATES.join(', ')}` : `did you mean ${meant}?`;
    io.stderr.write(`warmspare: there is no state ${shownText(state)}; ${hint}\n`);
    return 2;
  }
  const document = await askStatus(`/status.json${filterOf(options)}`, options, io);
  if (document === undefined) return 2;
  if (document.targets.length === 0 && isFiltered(options)) {
    const all = await askStatus('/status.json', options, io);
    if (all && all.targets.length > 0) {
      io.stderr.write(`warmspare: ${shownText(whatElse(all.targets, options))}\n`);
      return 2;
    }
  }
  if (options.json === true) io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else io.stdout.write(statusTable(shownDocument(document), styleOf(io)));
  return exitCodeOf(document, options.strict === true);
}

/** The document at a path of the service; what went wrong is said on stderr. */
export async function askStatus(path: string, { url }: Options, io: Io): Promise<StatusDocument | undefined> {
  const answer = await callAdmin(io, typeof url === 'string' ? url : DEFAULT_URL, path);
  if (!('unreachable' in answer) && answer.status === 200 && isStatus(answer.body)) return answer.body;
  io.stderr.write(`warmspare: ${'unreachable' in answer ? answer.unreachable : errorOf(answer)}\n`);
  return undefined;
}

/** By the rows that are judged; without any, or without a span ever seen, nobody can tell. */
export function exitCodeOf({ targets, services }: StatusDocument, strict: boolean): ExitCode {
  const judged = targets.filter(({ state }) => state !== undefined);
  if (judged.length === 0 || services.length === 0) return 2;
  const holds = ({ assumptions }: StatusTarget): boolean => assumptions.every((each) => each.state !== 'broken');
  return judged.every((target) => target.state === 'fresh' && (!strict || holds(target))) ? 0 : 1;
}

const FILTERS = ['namespace', 'service', 'environment', 'chain', 'target', 'state'] as const;

const isFiltered = (options: Options): boolean => FILTERS.some((key) => typeof options[key] === 'string');

/** The service narrows, so that ten thousand rows need not travel for one. */
function filterOf(options: Options): string {
  const query = new URLSearchParams();
  for (const key of FILTERS) {
    const value = options[key];
    if (typeof value === 'string') query.set(key, value);
  }
  return query.size === 0 ? '' : `?${query}`;
}

/** Whether the answer is a document of /status.json. */
function isStatus(body: unknown): body is StatusDocument {
  return (
    typeof body === 'object' && body !== null && 'targets' in body && Array.isArray(body.targets) && 'services' in body
  );
}
