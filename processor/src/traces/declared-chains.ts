/**
 * The calls of one trace whose chain a library declares by the models of its targets (pydantic-ai's FallbackModel): which target each of them
 * tried, and what it followed. Pure.
 */
import { type ErrorClass, errorClass, sameModel, triggerAfter } from '@warmspare/semconv';
import type { DeclaredChain } from '../normalise/dialects/dialect.ts';
import type { Attempt } from '../types/evidence.ts';
import { type BufferedCall, callOf, inOrder } from './buffered-call.ts';
import type { Relations } from './relations.ts';
import type { Trace } from './trace.ts';

export interface Claim {
  readonly call: BufferedCall;
  readonly attempt: Attempt;
  /** All targets of its run failed, and this is the first of them: the run is told once. */
  readonly isExhausted: boolean;
}

/** Spans above a call that are looked at. */
const MAX_DEPTH = 32;

/** Of runs none of whose calls a rule of the configuration claims: the library's chain gives way to it. */
export function claimsIn({ calls, holders, links }: Trace, { elsewhere, records }: Relations): readonly Claim[] {
  const declaring = new Map(holders.flatMap(({ spanId, declared }) => (declared ? [[spanId, declared]] : [])));
  const listing = calls.filter(({ declared }) => declared !== undefined);
  if (declaring.size === 0 && listing.length === 0) return [];

  /** Of the call itself, of another record of it, or of a span around it that is no tool or the like. */
  const chainOf = (call: BufferedCall): DeclaredChain | undefined => {
    const own = [call, ...(records.get(call) ?? [])].find(({ declared }) => declared !== undefined);
    if (own) return own.declared;
    let id = call.parentId;
    for (let depth = 0; id !== '' && depth < MAX_DEPTH; depth++) {
      const link = links.get(id);
      if (!link || link.around.role === 'apart' || link.around.role === 'server') return undefined;
      const declared = declaring.get(id);
      if (declared) return declared;
      id = link.parentId;
    }
    return undefined;
  };

  const assigned = new Set(calls.filter(({ call }) => call.kind === 'attempt').map((call) => runOf(call, calls)));
  const claimed = calls.flatMap((call): readonly Claimed[] => {
    const run = runOf(call, calls);
    const isOpen = call.own === undefined && !elsewhere.has(call) && !assigned.has(run);
    const chain = isOpen ? chainOf(call) : undefined;
    const all = [call, ...(records.get(call) ?? [])];
    const rank = chain && rankOf(all, chain, calls, run);
    if (!chain || rank === undefined) return [];
    return [{ call, chain, rank, run, isListed: all.some(({ declared }) => declared !== undefined) }];
  });
  return [...Map.groupBy(claimed, ({ run }) => run).values()].flatMap((run) => {
    const ordered = run.sort((a, b) => a.rank - b.rank || inOrder(a.call, b.call));
    return ordered.map((each, index) => claimOf(each, ordered.slice(0, index)));
  });
}

interface Claimed {
  readonly call: BufferedCall;
  readonly chain: DeclaredChain;
  readonly rank: number;
  /** The span of the call that tells of its failed attempts. */
  readonly run: string;
  /** By a call that is named after the whole list, which none of its targets served. */
  readonly isListed: boolean;
}

/**
 * By the model. Where two targets have it, by the number of the attempt, which for the target that served is that of the failed ones. Undefined
 * where neither tells.
 */
function rankOf(
  all: readonly BufferedCall[],
  { models }: DeclaredChain,
  calls: readonly BufferedCall[],
  run: string,
): number | undefined {
  const model = all.map(({ call }) => call.requestModel ?? call.responseModel).find((name) => name !== undefined);
  if (model === undefined) return undefined;
  const ranks = models.flatMap((each, rank) => (sameModel(each, model) ? [rank] : []));
  if (ranks.length < 2) return ranks[0];
  const failed = calls.filter(({ tryRank, parentId }) => tryRank !== undefined && parentId === run);
  const told = all.map(({ tryRank }) => tryRank).find((rank) => rank !== undefined) ?? failed.length;
  return ranks.includes(told) ? told : undefined;
}

/** Failed attempts are right below the span that tells of them, and so is another record of the one that was served. */
function runOf(call: BufferedCall, calls: readonly BufferedCall[]): string {
  if (call.declared) return call.spanId;
  const isBelow = calls.some(({ tryRank, parentId }) => tryRank !== undefined && parentId === call.parentId);
  if (isBelow) return call.parentId;
  const around = calls.find(({ spanId }) => spanId === call.parentId);
  return around === undefined ? call.spanId : around.spanId;
}

function claimOf({ call, chain, rank, isListed }: Claimed, before: readonly Claimed[]): Claim {
  const target = chain.targets[rank];
  const [primary] = before;
  const last = before.at(-1);
  const attempt: Attempt = {
    ...callOf(call),
    kind: 'attempt',
    chain: chain.name,
    target: target?.name ?? '',
    routeType: target?.type ?? 'fallback',
    rank,
    targets: chain.targets,
    configured: false,
    ...(last &&
      rank > 0 && {
        triggerReason: triggerAfter(last.call.outcome, classOf(last.call)),
        primaryErrorType: primary?.rank === 0 ? (primary.call.call.errorType ?? primary.call.outcome) : undefined,
        failoverDuration: primary && (last.call.call.endTime - primary.call.call.startTime) / 1000,
      }),
  };
  return { call, attempt, isExhausted: isListed && before.length === 0 };
}

function classOf({ call: { errorType } }: BufferedCall): ErrorClass | undefined {
  return errorType === undefined ? undefined : errorClass(errorType);
}
