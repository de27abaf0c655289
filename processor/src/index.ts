/** What other programs may import of the processor: its configuration and the service itself. The command line is in cli.ts. */

export { createLog, type Log } from './base/log.ts';
export {
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
export type { StatusChain, StatusDocument, StatusService, StatusTarget, Verdict } from './output/status-json.ts';
export { type ListeningAddress, type Service, type ServiceOptions, startService } from './service/service.ts';
export { StartError } from './service/start-error.ts';
export type { StoreDamage } from './types/pipeline.ts';
export type { SentRecord, SentStore } from './types/sent.ts';
export type * from './types/store.ts';
