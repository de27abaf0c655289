/**
 * Targets that failed in the course of one call, by a gateway's word or before it: each becomes an attempt of its own, an INTERNAL span
 * and a message named `{chain} {target}`, beside the call's span, which tells of the target that it ended with. They carry no usage.
 */
import type { Attributes, Context, Tracer } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_PROVIDER_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
} from '@warmspare/semconv';
import { keepIn } from '../base/attribute-sink.ts';
import { guarded } from '../base/report.ts';
import { sayFingerprints } from './call-attributes.ts';
import type { Recording } from './recording.ts';
import type { FailedTarget, Findings } from './route/route.ts';
import { routeAttributes } from './route-attributes.ts';
import { openSpan } from './span-record.ts';

export interface FailedTargetsOptions {
  /** When the call ended that tells of them, epoch ms. */
  readonly at: number;
  /** Where the call's children belong. */
  readonly inside: Context;
  /** Of the call, where its client is patched. Left out: the global tracer makes the spans. */
  readonly recording?: Recording | undefined;
  /** Makes epoch ms of what the monotonic clock said; left out where no target has times of its own. */
  readonly toEpoch?: ((at: number) => number) | undefined;
}

/** Never throws. */
export function tellFailedTargets(findings: Findings, options: FailedTargetsOptions): void {
  guarded('targets that failed could not be told of', () => tellEach(findings, options), undefined);
}

function tellEach(findings: Findings, { at, inside, recording, toEpoch }: FailedTargetsOptions): void {
  const { failed = [], chain } = findings;
  if (chain === undefined) return;
  for (const [index, each] of failed.entries()) {
    const own = toEpoch !== undefined && each.began !== undefined && each.ended !== undefined;
    const startTime = own ? toEpoch(each.began) : at;
    const endTime = own ? toEpoch(each.ended) : at;
    const attributes = attributesOf(each, failed[index - 1], findings, chain, recording?.promptFingerprint);
    openSpan(`${chain} ${each.target}`, attributes, startTime, inside, tracerOf(recording)).end(endTime, true, () => ({
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: each.outcome,
      [ATTR_ERROR_TYPE]: each.errorType,
    }));
  }
}

/** Undefined: the global one. */
function tracerOf(recording: Recording | undefined): (() => Tracer | undefined) | undefined {
  return recording?.spans === 'enrich' ? () => undefined : recording?.tracer;
}

function attributesOf(
  { target, type, rank, request }: FailedTarget,
  before: FailedTarget | undefined,
  { route, announced }: Findings,
  chain: string,
  promptFingerprint = true,
): Attributes {
  const attributes = routeAttributes({
    chain,
    targetNames: announced?.names,
    targetTypes: announced?.types,
    target,
    rank,
    routeType: type,
    routeSource: route?.source ?? 'gateway',
    triggerReason: type === 'primary' ? undefined : (before?.reason ?? '_OTHER'),
  });
  if (request === undefined) return attributes;
  attributes[ATTR_GEN_AI_PROVIDER_NAME] = request.provider;
  if (request.model !== undefined) attributes[ATTR_GEN_AI_REQUEST_MODEL] = request.model;
  sayFingerprints(keepIn(attributes), request, undefined, promptFingerprint);
  return attributes;
}
