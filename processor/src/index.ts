/** What other programs may import of the processor: its configuration and the service itself. The command line is in cli.ts. */

export { createLog, type Log } from './base/log.ts';
export {
  type AdminConfig,
  type Config,
  defaultConfig,
  type Endpoint,
  type Environment,
  formatProblem,
  type ListenerConfig,
  type OtlpExporterConfig,
  type ParsedConfig,
  type Problem,
  parseConfig,
  type ReceiverConfig,
  type Temporality,
  type TlsConfig,
} from './config/config.ts';
export type {
  StatusAssumption,
  StatusChainAnalysis,
  StatusDrift,
  StatusHeadroom,
  StatusRevision,
  StatusSighting,
} from './output/status-analysis.ts';
export {
  STATUS_VERSION,
  type StatusChain,
  type StatusDocument,
  type StatusService,
  type StatusTarget,
} from './output/status-json.ts';
export type { Urgency } from './output/urgency.ts';
export type { Judgement, Verdict } from './output/verdict.ts';
export type { ListeningAddress } from './service/ports.ts';
export { type Service, type ServiceOptions, startService } from './service/service.ts';
export { StartError } from './service/start-error.ts';
export type { Histograms } from './types/metric.ts';
export type { StoreDamage } from './types/pipeline.ts';
export type { SentRecord, SentStore } from './types/sent.ts';
export type * from './types/store.ts';
