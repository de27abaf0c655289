/** What warmspare.yaml says, key for key, with the units read and the defaults filled in. */
import type { DrillFaultName } from '@warmspare/semconv';
import type { Histograms } from '../types/metric.ts';
import type { Money } from '../types/policy.ts';
import type { Endpoint } from './units.ts';

interface RawTls {
  readonly cert_file: string;
  readonly key_file: string;
  readonly client_ca_file?: string | undefined;
}

/** Tokens whose holders may write rows of some services only. */
interface RawBoundTokens {
  readonly file: string;
  readonly services: readonly string[];
}

/** An address to listen on and who may use it. */
export interface RawListener {
  readonly endpoint: Endpoint;
  readonly tls?: RawTls | undefined;
  readonly auth?:
    | { readonly token_file?: string | undefined; readonly tokens?: readonly RawBoundTokens[] | undefined }
    | undefined;
  readonly insecure: boolean;
}

/** An OTLP receiver as it is written. */
export interface RawReceiver extends RawListener {
  readonly max_request_body_size: number;
}

/** A kind of exercise. */
export type RawKind = 'organic' | 'drill' | 'shadow';

/** Policy keys as they stand in `defaults`, a chain or a target. */
export interface RawPolicy {
  readonly max_age?: number | undefined;
  readonly max_cache_age?: number | undefined;
  readonly max_failover?: number | undefined;
  readonly counts?: readonly RawKind[] | undefined;
  readonly sampling?: 'none' | 'unknown' | undefined;
  readonly retire_after?: number | undefined;
}

/** A target as it is written, units read. */
export interface RawTarget extends RawPolicy {
  readonly name: string;
  readonly type: 'primary' | 'fallback' | 'cache' | 'heuristic';
  readonly match?: Readonly<Record<string, string>> | undefined;
  readonly exclude?: Readonly<Record<string, string>> | undefined;
  readonly max_latency?: number | undefined;
  readonly max_cost?: Money | undefined;
  readonly limits?:
    | {
        readonly p95_latency?: number | undefined;
        readonly cost_per_hour?: Money | undefined;
        readonly tokens_per_minute?: number | undefined;
      }
    | undefined;
}

/** A chain as it is written, units read. */
export interface RawChain extends RawPolicy {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly targets: readonly RawTarget[];
  readonly drill?:
    | {
        readonly url: string;
        readonly method: string;
        readonly body_file?: string | undefined;
        readonly headers: Readonly<Record<string, string>>;
        readonly fault: DrillFaultName;
      }
    | undefined;
}

/** The file as it is written, units read and defaults filled in. */
export interface RawConfig {
  readonly receivers: {
    readonly otlp: {
      readonly protocols: { readonly http?: RawReceiver | undefined; readonly grpc?: RawReceiver | undefined };
    };
  };
  readonly admin: RawListener & { readonly trace_url?: string | undefined };
  readonly store: {
    readonly sqlite?: { readonly path: string } | undefined;
    readonly postgres?: { readonly url: string; readonly schema: string; readonly pool: number } | undefined;
  };
  readonly exporters: {
    readonly prometheus: { readonly histograms: Histograms };
    readonly otlp?:
      | {
          readonly endpoint: string;
          readonly protocol: 'http/protobuf' | 'grpc';
          readonly interval: number;
          readonly timeout: number;
          readonly headers: Readonly<Record<string, string>>;
          readonly histograms: Histograms;
          readonly temporality?: 'cumulative' | 'delta' | 'lowmemory' | undefined;
        }
      | undefined;
  };
  readonly defaults: RawPolicy & {
    readonly max_age: number;
    readonly max_failover: number;
    readonly counts: readonly RawKind[];
    readonly sampling: 'none' | 'unknown';
    readonly retire_after: number;
    readonly judge_recorded_outputs: boolean;
  };
  readonly chains: readonly RawChain[];
}
