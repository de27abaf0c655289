/** The app's identity: that of its own SDK where there is one, else what the `OTEL_*` environment says. Registers nothing. */
import { type Attributes, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { ATTR_SERVICE_NAME } from '@warmspare/semconv';
import { fields } from '../base/read.ts';
import type { EvidenceResource } from './evidence-span.ts';

/** Of the provider registered now; undefined where it has none. SDK 2.x and 3.x keep it in the same private field. */
export function registeredResource(): EvidenceResource | undefined {
  const registered = trace.getTracerProvider();
  const provider = fields(registered instanceof ProxyTracerProvider ? registered.getDelegate() : registered);
  const resource = provider.resource ?? provider._resource;
  const attributes = fields(resource).attributes;
  return typeof attributes === 'object' && attributes !== null ? (resource as EvidenceResource) : undefined;
}

/**
 * `OTEL_SERVICE_NAME` over `OTEL_RESOURCE_ATTRIBUTES`, as the OpenTelemetry specification has it (resource SDK, "Specifying
 * resource information via an environment variable"): pairs of `key=value`, percent-encoded, separated by commas.
 */
export function environmentResource(env: Readonly<Record<string, string | undefined>>): EvidenceResource {
  const attributes: Attributes = listOf(env.OTEL_RESOURCE_ATTRIBUTES);
  const name = env.OTEL_SERVICE_NAME;
  if (name !== undefined && name !== '') attributes[ATTR_SERVICE_NAME] = name;
  return { attributes };
}

/** A list in the form of the `OTEL_*` variables; what is no pair is skipped. */
export function listOf(text: string | undefined): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const pair of (text ?? '').split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) pairs[pair.slice(0, at).trim()] = decoded(pair.slice(at + 1).trim());
  }
  return pairs;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
