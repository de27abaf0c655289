import type { Composed } from '../compose.ts';
import type { RecordedRequest } from '../request.ts';
import type { Reply } from '../server.ts';

/** One path of the API: which text it answers with where no script says, and how a composed answer looks there. */
export interface Endpoint {
  readonly path: RegExp;
  readonly text: (request: RecordedRequest) => string;
  readonly reply: (request: RecordedRequest, composed: Composed, extra: Readonly<Record<string, unknown>>) => Reply;
}
