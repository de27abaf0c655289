/**
 * A parent context and a span in, the context in which that span is active out. What the API makes for it, a copy of all values and
 * three functions, is as much garbage as all of our own work on a call; this one refers to its parent. Never changes either.
 */
import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';

/** As `trace.setSpan`. Contexts of other makers (agents bring their own) make their children themselves. */
export function contextWithSpan(parent: Context, span: Span): Context {
  if (SPAN_KEY === undefined || !isApis(parent)) return trace.setSpan(parent, span);
  // The span of one of ours is hidden by the new one: the chain stays as short as it is, and old spans are let go.
  return new SpanContext(parent instanceof SpanContext ? parent.parent : parent, span);
}

class SpanContext implements Context {
  readonly parent: Context;
  private readonly span: Span;

  constructor(parent: Context, span: Span) {
    this.parent = parent;
    this.span = span;
  }

  getValue(key: symbol): unknown {
    return key === SPAN_KEY ? this.span : this.parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.apis().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.apis().deleteValue(key);
  }

  /** The same as the API would have made. */
  private apis(): Context {
    return trace.setSpan(this.parent, this.span);
  }
}

/** Under which the API keeps the span; it tells the contexts that it is given. */
const SPAN_KEY = spanKey();

function spanKey(): symbol | undefined {
  let found: symbol | undefined;
  const asked: Context = {
    getValue: () => undefined,
    setValue(key) {
      found = key;
      return asked;
    },
    deleteValue: () => asked,
  };
  trace.setSpan(asked, trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 }));
  return found;
}

/** Made by the API, of whichever copy (apps have an ESM and a CJS one), or by us: nothing else hangs on them. */
function isApis(context: Context): boolean {
  const made = context.constructor;
  return made === ROOT_CONTEXT.constructor || made === SpanContext || made?.name === 'BaseContext';
}
