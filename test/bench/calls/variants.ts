/** The instrumentations that are compared, each put onto the client's class the way that its users do it. None of them is configured. */
import { OpenAIInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-openai';
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation';
import { OpenAIInstrumentation as Contrib } from '@opentelemetry/instrumentation-openai';
import { OpenAIInstrumentation as Traceloop } from '@traceloop/instrumentation-openai';
import { LlmFallbackInstrumentation } from '@warmspare/instrumentation';
import { OpenAI } from 'openai6';

export const VARIANTS = ['untouched', 'warmspare', 'contrib', 'traceloop', 'openinference'] as const;
export type Variant = (typeof VARIANTS)[number];

/** Patches `OpenAI`. Call it once a process, after the SDK is registered: several of them keep the tracer that they find first. */
export function instrument(variant: Variant): void {
  switch (variant) {
    case 'untouched':
      return;
    case 'warmspare':
      registered(new LlmFallbackInstrumentation()).instrument(OpenAI);
      return;
    case 'contrib':
      patchAsHooksDo(registered(new Contrib()));
      return;
    case 'traceloop':
      registered(new Traceloop()).manuallyInstrument(
        OpenAI as unknown as Parameters<Traceloop['manuallyInstrument']>[0],
      );
      return;
    case 'openinference':
      registered(new OpenInference()).manuallyInstrument(
        OpenAI as unknown as Parameters<OpenInference['manuallyInstrument']>[0],
      );
  }
}

/** Some have no instruments of metrics until they were registered, and throw and catch at each call without. */
function registered<T>(instrumentation: T): T {
  registerInstrumentations({ instrumentations: [instrumentation as unknown as Instrumentation] });
  return instrumentation;
}

/** It offers no patching by hand, and the hook on modules goes by the name `openai`, which is an alias here: so what the hook would call is called. */
function patchAsHooksDo(instrumentation: unknown): void {
  const { _modules: modules } = instrumentation as {
    readonly _modules?: readonly { patch(exported: unknown, version: string): unknown }[];
  };
  if (modules === undefined || modules.length === 0)
    throw new Error('this @opentelemetry/instrumentation keeps its modules elsewhere');
  for (const module of modules) module.patch({ OpenAI, default: OpenAI }, '6.49.0');
}
