import type { IncomingHttpHeaders } from 'node:http';

/** One request as a provider received it. */
export interface RecordedRequest {
  readonly method: string;
  /** With its query string. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed where it is a JSON object, else empty. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Counts from 1; part of ids that the provider gives out. */
  readonly number: number;
  /** True once the client went away before the response was complete. */
  readonly aborted: boolean;
}
