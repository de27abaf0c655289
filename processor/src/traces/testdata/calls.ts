/** Calls that name no chain, as other instrumentations send them, and the rows that they leave. */
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_RESPONSE_FINISH_REASONS,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  METRIC_LLM_FALLBACK_CALLS,
} from '@warmspare/semconv';
import { start, T0, type World } from '../../testdata/world.ts';

export type SpanFacts = Parameters<World['send']>[1];

const TRACE = '5b8efff798038103d269b633813fc60c';
export const PARENT = 'eee19b7ec3c1b174';

let ids = 0;

/** A good end, in the words of the conventions and of the AI SDK. */
const ENDED = { [ATTR_GEN_AI_RESPONSE_FINISH_REASONS]: ['stop'], 'ai.response.finishReason': 'stop' };

export interface CallFacts extends Partial<SpanFacts> {
  /** Seconds after T0. */
  readonly from?: number;
  readonly to?: number;
  readonly failed?: boolean | string;
}

export function call(model: string, { from = 0, to = from + 1, failed = false, ...rest }: CallFacts = {}): SpanFacts {
  ids++;
  return {
    traceId: TRACE,
    parentId: PARENT,
    spanId: ids.toString(16).padStart(16, '0'),
    startTime: T0 + from * 1000,
    endTime: T0 + to * 1000,
    statusCode: failed === false ? 0 : 2,
    ...rest,
    attributes: {
      [ATTR_GEN_AI_OPERATION_NAME]: 'chat',
      [ATTR_GEN_AI_REQUEST_MODEL]: model,
      ...(failed === false && ENDED),
      ...(typeof failed === 'string' && { [ATTR_ERROR_TYPE]: failed }),
      ...rest.attributes,
    },
  };
}

/** What is shown once all traces are settled: `chain / target type rank success,failures`. */
export async function shown(...batches: readonly (readonly SpanFacts[])[]): Promise<readonly string[]> {
  const world = await start();
  for (const batch of batches) await world.send(T0 + 60_000, ...batch);
  await world.rest();
  return rowsOf(world);
}

export function rowsOf(world: World): readonly string[] {
  const points = world.points(METRIC_LLM_FALLBACK_CALLS);
  return world.snapshot().targets.map(({ chain, target, routeType, rank, attributes }) => {
    const own = points.filter((point) =>
      Object.entries(attributes).every(([key, each]) => point.attributes[key] === each),
    );
    const count = (ok: boolean): number =>
      own
        .filter((point) => (point.attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME] === 'success') === ok)
        .reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0);
    return `${chain} / ${target} ${routeType} ${rank} ${count(true)},${count(false)}`;
  });
}

export const FAILED: SpanFacts = call('gpt-5', { failed: 'RateLimitError' });
export const ANSWERED: SpanFacts = call('claude-haiku-4-5', { from: 2 });
export const PAIR: readonly string[] = [
  'inferred:gpt-5 / gpt-5 primary 0 0,1',
  'inferred:gpt-5 / claude-haiku-4-5 fallback 1 1,0',
];

