/** The baggage of a request in, the part of it that a provider may see out: who asks for drills is nobody else's business. */
import { type Context, propagation } from '@opentelemetry/api';
import { BAGGAGE_DRILL } from '@warmspare/semconv';

/** The context itself where it carries no request for a drill. */
export function withoutDrillEntry(context: Context): Context {
  const baggage = propagation.getBaggage(context);
  if (baggage?.getEntry(BAGGAGE_DRILL) === undefined) return context;
  return propagation.setBaggage(context, baggage.removeEntry(BAGGAGE_DRILL));
}
