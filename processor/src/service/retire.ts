/** `POST /api/retire`: names of a target go in; the rows that match are listed, and retired where nothing speaks against it. */
import type { RouteType } from '@warmspare/semconv';
import type { Context } from 'hono';
import { z } from 'zod';
import type { Log } from '../base/log.ts';
import type { Pipeline, RetireSelector } from '../types/pipeline.ts';
import type { Snapshot, TargetSnapshot } from '../types/snapshot.ts';

/** Answer of `/api/retire`, beside `error` where nothing was retired. */
export interface RetireAnswer {
  /** How many rows were retired. */
  readonly retired: number;
  /** Those that match. */
  readonly rows: readonly {
    readonly chain: string;
    readonly target: string;
    readonly route_type: RouteType;
    readonly namespace?: string;
    readonly service?: string;
    readonly environment?: string;
  }[];
}

const retireRequest = z.strictObject({
  chain: z.string().min(1),
  target: z.string().min(1),
  route_type: z.enum(['primary', 'fallback', 'cache', 'heuristic']).optional(),
  namespace: z.string().optional(),
  service: z.string().optional(),
  environment: z.string().optional(),
  /** Wanted where several rows match. */
  all: z.boolean().optional(),
  /** Lists, and retires nothing. */
  dry_run: z.boolean().optional(),
  /** Wanted for a primary. */
  force: z.boolean().optional(),
});

type RetireRequest = z.infer<typeof retireRequest>;

/** 200 done or listed, 400 no request, 404 no row matches, 409 several match or a primary does. */
export async function answerRetire(
  c: Context,
  { pipeline, snapshot, log }: { pipeline: Pick<Pipeline, 'retire'>; snapshot: () => Snapshot; log: Log },
): Promise<Response> {
  const parsed = retireRequest.safeParse(await c.req.json().catch(() => undefined));
  if (!parsed.success) {
    const error =
      'The body must be a JSON object with chain and target, and optionally route_type, namespace, service, environment, all, dry_run, force.';
    return c.json({ error, problems: z.treeifyError(parsed.error) }, 400);
  }
  const { all, dry_run: isDry, force } = parsed.data;
  const selector = selectorOf(parsed.data);
  const matching = snapshot().targets.filter((target) => isSelected(target, selector));
  const rows = matching.map(rowOf);
  const refused = (error: string, status: 404 | 409): Response => c.json({ error, retired: 0, rows }, status);
  if (rows.length === 0) return refused('No row matches. GET /status.json lists chains and targets.', 404);
  if (isDry) return c.json({ retired: 0, rows } satisfies RetireAnswer);
  if (rows.length > 1 && !all) {
    return refused(
      `${rows.length} rows match: name the service, namespace or environment, or ask for all (--all).`,
      409,
    );
  }
  if (!force && matching.some(({ routeType }) => routeType === 'primary')) {
    return refused(
      'A primary is among the rows, and its chain says little without it: --force retires it all the same.',
      409,
    );
  }
  const retired = await pipeline.retire(selector);
  log.info({ retire: parsed.data, retired }, 'rows retired');
  return c.json({ retired, rows } satisfies RetireAnswer);
}

function isSelected(
  { service, chain, target, routeType, overflow }: TargetSnapshot,
  selector: RetireSelector,
): boolean {
  const matches = (wanted: string | undefined, value: string): boolean => wanted === undefined || wanted === value;
  return (
    !overflow &&
    chain === selector.chain &&
    target === selector.target &&
    matches(selector.routeType, routeType) &&
    matches(selector.namespace, service.namespace) &&
    matches(selector.service, service.name) &&
    matches(selector.environment, service.environment)
  );
}

function rowOf({ chain, target, routeType, service }: TargetSnapshot): RetireAnswer['rows'][number] {
  const { namespace, name, environment } = service;
  return {
    chain,
    target,
    route_type: routeType,
    ...(namespace !== '' && { namespace }),
    ...(name !== '' && { service: name }),
    ...(environment !== '' && { environment }),
  };
}

function selectorOf({
  chain,
  target,
  route_type: routeType,
  namespace,
  service,
  environment,
}: RetireRequest): RetireSelector {
  return {
    chain,
    target,
    ...(routeType !== undefined && { routeType }),
    ...(namespace !== undefined && { namespace }),
    ...(service !== undefined && { service }),
    ...(environment !== undefined && { environment }),
  };
}
