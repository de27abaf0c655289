/**
 * Clients that are not patched, each told to the user once: versions that nobody looked at, and requests of clients that were loaded past
 * our hooks (an ESM app that was started without the register entry, a bundle). It looks at the user agent only, and touches nothing.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { diag } from '@opentelemetry/api';
import { fields, list } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import type { Client } from './client.ts';
import { allClients } from './clients.ts';

/** https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
const CREATE = 'undici:request:create';

/** The clients made by one generator name themselves alike: `OpenAI/JS 7.57.0`. */
const AGENT = /(?:^|\s)user-agent:? ?([\w.]+)\/JS /i;

/** Listens until the returned function is called. `isPatched` is asked at each request of a known client. */
export function warnOfUnpatched(isPatched: (client: Client) => boolean): () => void {
  const seen = new Set<Client>();
  const hear = (message: unknown): void => {
    if (seen.size === allClients().length) return;
    guarded('a request could not be looked at', () => look(fields(message).request), undefined);
  };
  const look = (request: unknown): void => {
    const agent = AGENT.exec(headersOf(request))?.[1];
    const client = allClients().find(({ className }) => className === agent);
    if (client === undefined || seen.has(client)) return;
    seen.add(client);
    if (isPatched(client)) return;
    diag.warn(
      `@warmspare/instrumentation: ${client.module} was loaded before it could be patched, so its calls are not recorded. ` +
        'Start with node --import @warmspare/instrumentation/register, register the instrumentation before the client is ' +
        `loaded, or call instrument(${client.className}).`,
    );
  };
  subscribe(CREATE, hear);
  return () => {
    unsubscribe(CREATE, hear);
  };
}

const told = new Set<string>();

/** A version whose internals nobody looked at, told once: it is left alone. */
export function warnOfVersion({ module, versions }: Client, version: string | undefined): void {
  const what = `${module} ${version ?? 'of an unknown version'}`;
  if (told.has(what)) return;
  told.add(what);
  diag.warn(
    `@warmspare/instrumentation: ${what} is left alone, so its calls are not recorded; known is ${versions.join(' || ')}.`,
  );
}

/** One text of all headers: undici has had them as text and as a list. */
function headersOf(request: unknown): string {
  const { headers } = fields(request);
  if (typeof headers === 'string') return headers;
  const parts = list(headers);
  return parts.map((part, at) => (at % 2 === 0 ? `\n${String(part)}: ` : String(part))).join('');
}
