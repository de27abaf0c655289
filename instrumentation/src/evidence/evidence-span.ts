/** A message of the channel in, the span that it stands for out, in the form that every OTLP trace exporter takes. Pure. */
import { type Attributes, type HrTime, type SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE, ATTR_GEN_AI_OPERATION_NAME, type CallMessage, SCOPE_NAME_EVIDENCE } from '@warmspare/semconv';
import { VERSION } from '../base/version.ts';

/** Whose spans they are, as far as exporters read it. */
export interface EvidenceResource {
  readonly attributes: Attributes;
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
}

/** The fields of the SDK's ReadableSpan (2.x and 3.x) that exporters read. */
export interface EvidenceSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: () => SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly ended: true;
  readonly status: { readonly code: SpanStatusCode };
  readonly attributes: Attributes;
  readonly links: [];
  readonly events: [];
  readonly resource: EvidenceResource;
  readonly instrumentationScope: { readonly name: string; readonly version: string };
  readonly droppedAttributesCount: 0;
  readonly droppedEventsCount: 0;
  readonly droppedLinksCount: 0;
}

const SCOPE = { name: SCOPE_NAME_EVIDENCE, version: VERSION };

/** `context` is the call's own, or a fresh one where it has none: the processor knows duplicates by it. */
export function evidenceSpan(message: CallMessage, context: SpanContext, resource: EvidenceResource): EvidenceSpan {
  const { name, startTime, endTime, attributes } = message;
  return {
    name,
    kind: ATTR_GEN_AI_OPERATION_NAME in attributes ? SpanKind.CLIENT : SpanKind.INTERNAL,
    spanContext: () => context,
    startTime: hrTime(startTime),
    endTime: hrTime(endTime),
    duration: hrTime(Math.max(0, endTime - startTime)),
    ended: true,
    status: { code: ATTR_ERROR_TYPE in attributes ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: attributes as Attributes,
    links: [],
    events: [],
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
}
