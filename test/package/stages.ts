/**
 * The import rule of ARCHITECTURE.md as data: of each package its stages in order. A file imports its own stage and earlier ones, never a
 * later one. A path that ends in `/` claims a folder, any other path one file; the longest path that fits wins.
 */

export interface Package {
  readonly name: string;
  /** Packages of the project that it may import. */
  readonly mayImport: readonly string[];
  readonly stages: readonly (readonly [stage: string, ...paths: readonly string[]])[];
  /** Only these touch `process`. */
  readonly entries: readonly string[];
}

export const PACKAGES: readonly Package[] = [
  {
    name: 'semconv',
    mayImport: [],
    stages: [
      ['names', 'attributes.ts', 'gen-ai.ts', 'metric-definition.ts', 'metrics.ts', 'message.ts'],
      [
        'rules',
        'drill-request.ts',
        'outcome.ts',
        'fingerprint.ts',
        'inferred.ts',
        'pattern-cost.ts',
        'prometheus-name.ts',
        'vocabulary/',
      ],
      ['entry', 'index.ts'],
    ],
    entries: [],
  },
  {
    name: 'instrumentation',
    mayImport: ['semconv'],
    stages: [
      ['types', 'types/'],
      ['base', 'base/'],
      ['gateways', 'gateways/'],
      ['call', 'call/'],
      ['evidence', 'evidence/'],
      ['drill', 'drill/'],
      ['clients', 'clients/'],
      ['models', 'models/'],
      ['chain', 'chain/'],
      ['breakers', 'breakers/'],
      ['frameworks', 'frameworks/'],
      ['api', 'api/'],
      ['registration', 'instrumentation.ts', 'libraries.ts'],
      ['entry', 'index.ts', 'register.ts'],
    ],
    entries: ['register.ts', 'drill/switch.ts'],
  },
  {
    name: 'processor',
    mayImport: ['semconv'],
    stages: [
      ['types', 'types/'],
      ['base', 'base/'],
      ['receive', 'receive/'],
      ['normalise', 'normalise/'],
      ['classify', 'classify/'],
      ['traces', 'traces/'],
      ['analysis', 'analysis/'],
      ['ledger', 'ledger/'],
      ['store', 'store/'],
      ['metrics', 'output/metrics.ts', 'output/urgency.ts'],
      ['commit', 'commit/'],
      ['output', 'output/'],
      ['config', 'config/'],
      ['in-process', 'in-process/', 'in-process.ts'],
      ['service', 'service/'],
      ['library', 'index.ts'],
      ['command', 'cli/', 'cli.ts'],
    ],
    entries: ['cli.ts', 'store/sqlite/worker.ts'],
  },
];
