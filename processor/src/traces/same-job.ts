/**
 * Whether two calls of one trace do one job, by what their spans and those around them say: the operation, what it puts out, the schema,
 * the call site, the gateway's request, the prompt. What is not said tells nothing. Pure.
 */
import { type CallPlace, sameTarget } from '@warmspare/semconv';
import type { Sites } from '../normalise/dialects/job-reader.ts';
import type { BufferedCall } from './buffered-call.ts';
import type { Link } from './links.ts';

/**
 * `same`: nothing says that the jobs differ. `prompt`: only the system prompts differ, and a fallback may have one of its own.
 * `other`: something else differs.
 */
export type Likeness = 'same' | 'prompt' | 'other';

/** What tells how two calls are related. */
export interface JobOf {
  readonly call: BufferedCall;
  /** Of the call and the spans around it, the nearest of each kind. */
  readonly sites: Sites;
}

/** Spans around a call that are looked at. */
const MAX_DEPTH = 32;

/** With what the spans around the call say. */
export function jobOf(call: BufferedCall, links: ReadonlyMap<string, Link>): JobOf {
  let { sites } = call;
  for (const link of above(parentOf(call, links), links)) sites = { ...link.around.sites, ...sites };
  return { call, sites };
}

/** The id of the span right above a call; empty where that is not known. The evidence of our own instrumentation does not say it, its span does. */
export function parentOf({ parentId, spanId }: BufferedCall, links: ReadonlyMap<string, Link>): string {
  return parentId === '' ? (links.get(spanId)?.parentId ?? '') : parentId;
}

/** The spans around a call that are known, from the inside out. */
export function above(parentId: string, links: ReadonlyMap<string, Link>): readonly Link[] {
  const found: Link[] = [];
  for (let link = links.get(parentId); link && found.length < MAX_DEPTH; link = links.get(link.parentId)) {
    found.push(link);
  }
  return found;
}

export function likeness(a: JobOf, b: JobOf): Likeness {
  if (differ(a.call.job, b.call.job) || differ(a.call.outputType, b.call.outputType)) return 'other';
  if (differ(a.call.call.schemaFingerprint, b.call.call.schemaFingerprint)) return 'other';
  for (const kind of ['function', 'agent', 'workflow', 'task'] as const) {
    if (differ(a.sites[kind], b.sites[kind])) return 'other';
  }
  if (a.call.isRequest && b.call.isRequest && differ(a.call.run, b.call.run)) return 'other';
  return isOnePrompt(a.call, b.call) ? 'same' : 'prompt';
}

/** A name with a version says more than the fingerprint of a text. */
function isOnePrompt({ call: a }: BufferedCall, { call: b }: BufferedCall): boolean {
  if (a.promptVersion !== undefined && b.promptVersion !== undefined) return a.promptVersion === b.promptVersion;
  return !differ(a.promptFingerprint, b.promptFingerprint);
}

/**
 * Whether a call went where another one had gone: the same model at the same place, or the same group of a gateway, which chooses among
 * its deployments by itself. Undefined models are nowhere.
 */
export function isSameTarget(a: BufferedCall, b: BufferedCall): boolean {
  if (a.group !== undefined && b.group !== undefined) return a.group === b.group;
  const [from, to] = [placeOf(a), placeOf(b)];
  return from !== undefined && to !== undefined && sameTarget(from, to);
}

/** Undefined where no model is named. */
export function placeOf(kept: BufferedCall): CallPlace | undefined {
  const model = modelOf(kept);
  const { call, address, port } = kept;
  return model === undefined ? undefined : { model, provider: call.provider, address, port };
}

/** The model asked for; of some dialects only the one that served is known. */
export function modelOf({ call }: BufferedCall): string | undefined {
  return call.requestModel ?? call.responseModel;
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
