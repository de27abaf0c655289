/**
 * Holds what happens in this process until it is committed: channel messages, other instrumentations' spans, declared chains.
 * It is bounded, never throws into the caller, and keeps what a commit refused.
 */
import { type CallMessage, type ChainDeclaration, DECLARATIONS_KEY } from '@warmspare/semconv';
import { partialSuccess } from '../receive/refusal.ts';
import type { Pipeline } from '../types/pipeline.ts';
import type { ServiceIdentity, Span } from '../types/span.ts';
import { createSpanMaker, type FinishedSpan } from './as-span.ts';

export interface Inbox {
  message(message: CallMessage): void;
  span(span: FinishedSpan): void;
  /** Commits what came; `all` also spans whose channel message might still come. Rejects with StoreUnavailable and keeps everything. */
  flush(pipeline: Pipeline, now: number, all: boolean): Promise<void>;
  /** Calls that found no room. */
  readonly dropped: number;
  /** Why calls of the last commit that refused some were not accepted, in a sentence; empty while all were. */
  readonly refused: string;
}

/** Calls that may wait for a store that does not answer. */
const CAPACITY = 10_000;
/** Span ids that are remembered as published on the channel. */
const REMEMBERED = 10_000;

export function createInbox(service: ServiceIdentity): Inbox {
  let messages: CallMessage[] = [];
  let spans: FinishedSpan[] = [];
  let held: FinishedSpan[] = [];
  let published = new Set<string>();
  let publishedBefore = new Set<string>();
  const declared = new WeakSet<ChainDeclaration>();
  let dropped = 0;
  let refused = '';

  const remember = (spanId: string | undefined): void => {
    if (spanId === undefined) return;
    published.add(spanId);
    if (published.size < REMEMBERED) return;
    publishedBefore = published;
    published = new Set();
  };
  /** The channel says more than the span, and says it whether or not the span is sampled. */
  const isPublished = (span: FinishedSpan): boolean => {
    const { spanId } = span.spanContext();
    return published.has(spanId) || publishedBefore.has(spanId);
  };

  const kept = <T>(all: T[]): T[] => {
    dropped += Math.max(0, all.length - CAPACITY);
    return all.slice(0, CAPACITY);
  };

  return {
    get dropped() {
      return dropped;
    },
    get refused() {
      return refused;
    },
    message(message) {
      remember(message.spanContext?.spanId);
      if (messages.length < CAPACITY) messages.push(message);
      else dropped++;
    },
    span(span) {
      if (spans.length < CAPACITY) spans.push(span);
      else dropped++;
    },
    async flush(pipeline, now, all) {
      const maker = createSpanMaker(pipeline.keys, service);
      const fresh = declarations().filter((declaration) => !declared.has(declaration));
      const taken = { messages, held, spans: all ? spans : [] };
      const parents = parentsOf([...held, ...spans].filter(isPublished));
      messages = [];
      held = all ? [] : spans;
      spans = [];
      const batch = pipeline.batch(now);
      const ready: Span[] = [
        ...fresh.map((declaration) => maker.ofDeclaration(declaration, now)),
        ...taken.messages.map((each) => maker.ofMessage(each, parents.get(each.spanContext?.spanId))),
        ...[...taken.held, ...taken.spans].filter((span) => !isPublished(span)).map(maker.ofSpan),
      ];
      if (ready.length === 0) return;
      for (const span of ready) batch.add(span);
      try {
        refused = partialSuccess(await batch.commit()).errorMessage || refused;
        for (const declaration of fresh) declared.add(declaration);
      } catch (error) {
        messages = kept([...taken.messages, ...messages]);
        held = kept([...taken.held, ...taken.spans, ...held]);
        throw error;
      }
    },
  };
}

/** A message does not say what its span is below. */
function parentsOf(spans: readonly FinishedSpan[]): ReadonlyMap<string | undefined, string | undefined> {
  return new Map(spans.map((span) => [span.spanContext().spanId, span.parentSpanContext?.spanId]));
}

/** Chains that were declared before anybody listened. */
function declarations(): readonly ChainDeclaration[] {
  const known: unknown = Reflect.get(globalThis, DECLARATIONS_KEY);
  return known instanceof Map ? [...known.values()].filter(isDeclaration) : [];
}

function isDeclaration(value: unknown): value is ChainDeclaration {
  return (
    typeof value === 'object' && value !== null && 'name' in value && 'targets' in value && Array.isArray(value.targets)
  );
}
