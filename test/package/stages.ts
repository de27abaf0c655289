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
      ['rules', 'outcome.ts', 'fingerprint.ts', 'inferred.ts', 'pattern-cost.ts', 'prometheus-name.ts', 'vocabulary/'],
      ['entry', 'index.ts'],
    ],
    entries: [],
  },
  {
    name: 'instrumentation',
    mayImport: ['semconv'],
    // The rooms still lean on each other's types; only a cycle of files is refused among them.
    stages: [
      [
        'rooms',
        ...['breakers/', 'chain/', 'clients/', 'evidence/', 'gateways/', 'route/'],
        ...[
          'after-answer.ts',
          'attribute-sink.ts',
          'cached.ts',
          'call-attributes.ts',
          'call-cost.ts',
          'call-report.ts',
        ],
        ...['chain-name.ts', 'chain.ts', 'channel.ts', 'cost.ts', 'declare.ts', 'drill.ts', 'ending.ts', 'enrich.ts'],
        ...['error-reason.ts', 'evidence-exporter.ts', 'failed-targets.ts', 'price-list.ts', 'record.ts'],
        ...['recorded-call.ts', 'recording.ts', 'report.ts', 'route-attributes.ts', 'schema-check.ts', 'schema.ts'],
        ...['scope.ts', 'span-context.ts', 'span-record.ts', 'stream.ts', 'version.ts', 'with-route.ts'],
      ],
      ['registration', 'instrumentation.ts'],
      ['entry', 'index.ts', 'register.ts'],
    ],
    entries: ['register.ts'],
  },
  {
    name: 'processor',
    mayImport: ['semconv'],
    stages: [
      ['types', 'types/'],
      [
        'base',
        'attribute-values.ts',
        'errors.ts',
        'glob.ts',
        'ids.ts',
        'keys.ts',
        'log.ts',
        'nearest.ts',
        'quantile.ts',
        'texts.ts',
      ],
      ['receive', 'receive/'],
      ['normalise', 'normalise.ts', 'announcements.ts', 'unknown-words.ts', 'dialects/'],
      ['classify', 'policies.ts', 'classify.ts', 'judge.ts'],
      ['siblings', 'siblings/'],
      ['analysis', 'analysis/'],
      ['ledger', 'ledger/', 'freshness.ts', 'window.ts'],
      ['store', 'store/'],
      ['metrics', 'metrics.ts'],
      ['commit', 'settlement.ts', 'commit-queue.ts', 'batch.ts', 'pipeline.ts'],
      ['output', 'output/', 'deltas.ts', 'self-metrics.ts'],
      ['config', 'config/', 'config.ts'],
      ['in-process', 'in-process/', 'in-process.ts'],
      ['service', 'admin.ts', 'admin-server.ts', 'export-loop.ts', 'service.ts', 'start-error.ts', 'store-watch.ts'],
      ['library', 'index.ts'],
      ['command', 'cli/', 'cli.ts'],
    ],
    entries: ['cli.ts', 'store/sqlite/worker.ts'],
  },
];
