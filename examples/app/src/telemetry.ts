/**
 * Starts OpenTelemetry before anything else of the app: `node --import ./src/telemetry.ts ./src/main.ts`. Where the spans go is
 * said by `OTEL_EXPORTER_OTLP_ENDPOINT`, and the name of the service by `OTEL_SERVICE_NAME`.
 */
import Anthropic from '@anthropic-ai/sdk';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { LlmFallbackInstrumentation } from '@warmspare/instrumentation';
import OpenAI from 'openai';

const llm = new LlmFallbackInstrumentation();

const sdk = new NodeSDK({
  traceExporter: new OTLPTraceExporter(),
  instrumentations: [llm],
  // This example sends traces only.
  metricReaders: [],
  logRecordProcessors: [],
});
sdk.start();

// An ES module cannot be patched as it is loaded, so the clients are handed over once.
llm.instrument(OpenAI);
llm.instrument(Anthropic);

// What the last calls did must arrive, too.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void sdk.shutdown().finally(() => process.exit(0)));
}
