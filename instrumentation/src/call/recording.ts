/** What all calls of one instrumentation are recorded with. Types only. */
import type { Tracer } from '@opentelemetry/api';
import type { Pricer } from './cost.ts';
import type { Hooks } from './hooks.ts';

export interface Recording extends Hooks {
  /** Asked at each call: the provider may be registered late. Undefined while there is no SDK. */
  readonly tracer: () => Tracer | undefined;
  /** False: no fingerprint of system prompts. */
  readonly promptFingerprint: boolean;
  readonly pricer: Pricer;
  /** `enrich`: no span is ever started, only those of others are tagged. */
  readonly spans: 'auto' | 'enrich';
}
