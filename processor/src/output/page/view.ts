/** What every page is drawn with beside the snapshot: the moment, whose page it is, the reader's time zone, and where links lead. */
import { html } from 'hono/html';
import type { Sighting, Snapshot } from '../../types/snapshot.ts';

/** What the templates make; nested ones are not escaped again. */
export type Html = ReturnType<typeof html>;

/** What the service knows of itself. */
export interface PageSettings {
  readonly version: string;
  /** Address of a trace, with `{trace_id}` and perhaps `{span_id}` in it; `undefined` where there is none. */
  readonly traceUrl: string | undefined;
}

/** The surroundings of one page. */
export interface View extends PageSettings {
  /** Epoch ms. */
  readonly now: number;
  readonly instanceId: string;
  /** An IANA name; `undefined` for UTC alone. */
  readonly timeZone: string | undefined;
  /** Seconds after which the page loads again. */
  readonly refresh: number | undefined;
  /** Path and query of the page. */
  readonly address: string;
}

/** What a request says of how it wants to see the page. */
export interface ViewRequest {
  /** Path and query. */
  readonly address: string;
  readonly refresh: string | undefined;
  readonly timeZone: string | undefined;
}

const LEAST_REFRESH = 5;
const MOST_REFRESH = 3600;

/** A value that is none counts as left out. */
export function viewOf({ now, instanceId }: Snapshot, settings: PageSettings, request: ViewRequest): View {
  const seconds = Number(request.refresh);
  const refresh = Number.isInteger(seconds) && seconds > 0 ? clamp(seconds) : undefined;
  const timeZone = isTimeZone(request.timeZone) ? request.timeZone : undefined;
  return { ...settings, now, instanceId, timeZone, refresh, address: request.address };
}

const clamp = (seconds: number): number => Math.min(MOST_REFRESH, Math.max(LEAST_REFRESH, seconds));

/** Whether times can be told in it. */
export function isTimeZone(name: string | undefined): name is string {
  if (name === undefined || !/^[A-Za-z][\w+/-]{1,63}$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== 'UTC';
  } catch {
    return false;
  }
}

/** The address of the page with one parameter set, or left out. */
export function addressWith({ address }: View, name: string, value: string | undefined): string {
  const url = new URL(address, 'http://page');
  url.searchParams.delete(name);
  if (value !== undefined) url.searchParams.set(name, value);
  return url.pathname + url.search;
}

/** `trace … span …`, the trace as a link where the configuration says where traces are; nothing where the span had no ids. */
export function sightingIds({ traceId, spanId }: Sighting, { traceUrl }: View): Html | string {
  if (traceId === '') return '';
  const ids = html`trace <code>${traceId}</code> span <code>${spanId}</code>`;
  if (traceUrl === undefined) return html`<span class="ids">${ids}</span>`;
  const href = traceUrl.replaceAll('{trace_id}', traceId).replaceAll('{span_id}', spanId);
  return html`<a class="ids" href="${href}">${ids}</a>`;
}
