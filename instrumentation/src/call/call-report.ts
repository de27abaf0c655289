/** What the span of an ended call says in, to the channel and to the attempt around the call out. Neither is kept from the other. */
import { type Attributes, type Context, ROOT_CONTEXT, type Span } from '@opentelemetry/api';
import type { CallMessage, CallOutcome } from '@warmspare/semconv';
import { reportOnce } from '../base/report.ts';
import type { AttemptScope } from '../types/attempt.ts';
import type { CallRequest } from '../types/call.ts';
import { nameOf } from './call-attributes.ts';
import { publishCall } from './channel.ts';
import { abortOf, type Ending } from './ending.ts';
import { ownContext } from './span-record.ts';

/** Under which ids a call is published. */
export interface Identified {
  readonly request: CallRequest;
  readonly span: Span | undefined;
  /** The span is another instrumentation's, and the active one. */
  readonly foreign: boolean;
  readonly parent: Context;
  /** Epoch ms. */
  readonly startTime: number;
}

export function publishEnd(call: Identified, attributes: Attributes, endTime: number): void {
  const { request, span, foreign, parent, startTime } = call;
  let spanContext: CallMessage['spanContext'];
  try {
    spanContext = span && ownContext(span, foreign ? ROOT_CONTEXT : parent);
  } catch (error) {
    reportOnce('a span could not be identified', error);
  }
  publishCall({
    name: nameOf(request),
    startTime,
    endTime,
    attributes: attributes as CallMessage['attributes'],
    ...(spanContext === undefined ? {} : { spanContext }),
  });
}

export function tellAttempt(
  scope: AttemptScope,
  ending: Ending,
  request: CallRequest,
  attributes: Attributes,
  outcome: CallOutcome | undefined,
  endTime: number,
): void {
  try {
    const aborted = abortOf(ending, request);
    scope.onCall({
      attributes,
      outcome,
      endTime,
      ...(ending.failed ? { error: ending.error } : {}),
      ...(aborted === undefined ? {} : { aborted }),
    });
  } catch (error) {
    reportOnce('an attempt could not be told of its call', error);
  }
}

/** What was said of a call's end; nothing where nobody reads it. */
export interface Described {
  readonly outcome: CallOutcome | undefined;
  readonly said: Attributes;
}

export const NOTHING_SAID: Described = Object.freeze({ outcome: undefined, said: Object.freeze({}) });
