/** What a fault looks like to those who see no provider's answer: its status, headers and code, and an error of our own that carries them. */
import type { DrillFaultName } from '@warmspare/semconv';

/** How a fault shows in an error. */
export interface FaultSigns {
  /** Of the HTTP answer; undefined where none came, or where the answer itself is at fault. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** A code of providers, of Node, or of this package's own errors. */
  readonly code: string;
}

const WAIT = { 'retry-after': '1' };

const FAULTS: Readonly<Record<DrillFaultName, FaultSigns>> = {
  unavailable: { status: 503, headers: {}, code: 'service_unavailable' },
  server_error: { status: 500, headers: {}, code: 'server_error' },
  overloaded: { status: 529, headers: WAIT, code: 'overloaded_error' },
  rate_limit: { status: 429, headers: WAIT, code: 'rate_limit_exceeded' },
  timeout: { status: undefined, headers: {}, code: 'ETIMEDOUT' },
  connection_reset: { status: undefined, headers: {}, code: 'ECONNRESET' },
  model_not_found: { status: 404, headers: {}, code: 'model_not_found' },
  unauthorized: { status: 401, headers: {}, code: 'invalid_api_key' },
  refusal: { status: undefined, headers: {}, code: 'refused' },
  truncated: { status: undefined, headers: {}, code: 'truncated' },
  schema_invalid: { status: undefined, headers: {}, code: 'schema_invalid' },
  slow: { status: undefined, headers: {}, code: 'ETIMEDOUT' },
  stream_cut: { status: undefined, headers: {}, code: 'ECONNRESET' },
};

export function signsOf(fault: DrillFaultName): FaultSigns {
  return FAULTS[fault];
}

/** What a target throws in a drill where no client that is known runs inside; it looks like what the client would have thrown. */
export class DrillFault extends Error {
  override readonly name = 'DrillFault';
  readonly fault: DrillFaultName;
  /** As {@link FaultSigns}. */
  readonly status: number | undefined;
  readonly headers: Headers;
  readonly code: string;

  constructor(fault: DrillFaultName, target: string | undefined) {
    super(`drill: ${target === undefined ? 'the target' : JSON.stringify(target)} fails on purpose (${fault})`);
    const { status, headers, code } = signsOf(fault);
    this.fault = fault;
    this.status = status;
    this.headers = new Headers(headers);
    this.code = code;
  }
}
