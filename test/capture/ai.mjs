/**
 * A ticket service with one call of the AI SDK and a fallback, traced by `@ai-sdk/otel`: what the captures record. `ai.ts` copies
 * it to where the packages are installed and runs it there, once a scenario.
 */
import process from 'node:process';

// By name, because the repository has none of these packages.
const use = (name) => import(name);
const { context, SpanKind, SpanStatusCode, trace } = await use('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = await use('@opentelemetry/context-async-hooks');
const { OTLPTraceExporter } = await use('@opentelemetry/exporter-trace-otlp-proto');
const { resourceFromAttributes } = await use('@opentelemetry/resources');
const { TracerProvider, BatchSpanProcessor } = await use('@opentelemetry/sdk-trace');
const { createAnthropic } = await use('@ai-sdk/anthropic');
const { createOpenAI } = await use('@ai-sdk/openai');
const { OpenTelemetry } = await use('@ai-sdk/otel');
const { generateText, Output, registerTelemetry, streamText } = await use('ai');
const { z } = await use('zod');

const [scenario = ''] = process.argv.slice(2);
const provider = new TracerProvider({
  resource: resourceFromAttributes({
    'service.name': 'support-api',
    'service.namespace': 'acme',
    'deployment.environment.name': 'prod',
  }),
  spanProcessors: [
    new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${process.env.SINK_URL}/v1/traces` }) }),
  ],
});
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
registerTelemetry(new OpenTelemetry());

const openai = createOpenAI({ apiKey: 'none', baseURL: `${process.env.OPENAI_URL}/v1` });
const anthropic = createAnthropic({ apiKey: 'none', baseURL: `${process.env.ANTHROPIC_URL}/v1` });
const Ticket = z.object({ summary: z.string(), priority: z.number() });

async function call(model) {
  const request = {
    model,
    instructions: 'You summarise support tickets in one sentence.',
    prompt: 'Ticket 4711: My invoice 2026-118 shows the wrong VAT number.',
    maxRetries: 1,
    telemetry: { functionId: 'summarise-ticket', recordInputs: false, recordOutputs: false },
  };
  if (scenario.startsWith('5-')) {
    const { textStream } = streamText(request);
    for await (const _ of textStream);
  } else if (scenario.startsWith('4-')) {
    const { output } = await generateText({ ...request, output: Output.object({ schema: Ticket }) });
    return output;
  } else await generateText(request);
}

await trace.getTracer('app').startActiveSpan('POST /tickets', { kind: SpanKind.SERVER }, async (span) => {
  try {
    await call(openai('gpt-5'));
  } catch {
    await call(anthropic('claude-haiku-4-5')).catch(() => span.setStatus({ code: SpanStatusCode.ERROR }));
  }
  span.end();
});
await provider.shutdown();
