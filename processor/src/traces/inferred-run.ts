/** One ladder of a trace in, a run of a chain out: the chain's and the targets' names, each attempt as the ledger takes it, and why it fell. */
import {
  type CallPlace,
  type ErrorClass,
  errorClass,
  errorOutcome,
  type FailedGroups,
  inferredChain,
  targetNames,
  triggerAfter,
} from '@warmspare/semconv';
import { SITE_KINDS } from '../normalise/dialects/dialect.ts';
import type { Attempt } from '../types/evidence.ts';
import type { ServiceIdentity } from '../types/span.ts';
import { type BufferedCall, callOf, type Holder } from './buffered-call.ts';
import type { Link } from './links.ts';
import { above, jobOf, modelOf, placeOf } from './same-job.ts';
import type { Ladder, TriedCall } from './tries.ts';

export interface InferredRun {
  readonly service: ServiceIdentity;
  readonly chain: string;
  /** The gateway's group that was asked for. */
  readonly group: string | undefined;
  /** The primary first. `call`: whose event time it has, and whether it proves anything. */
  readonly attempts: readonly { readonly attempt: Attempt; readonly call: BufferedCall }[];
  /** A gateway said itself that its targets failed. */
  readonly isNamed: boolean;
}

/** `holders`: may say which targets of a gateway failed, too. The ladder has one rung at least. */
export function runOf(ladder: Ladder, links: ReadonlyMap<string, Link>, holders: readonly Holder[] = []): InferredRun {
  const [primary] = ladder;
  if (primary === undefined) throw new RangeError('a ladder without rungs');
  const { call, group } = primary.first;
  const chain = inferredChain(group ?? siteOf(primary.first, links) ?? modelOf(primary.first) ?? '');
  const names = namesOf(ladder);
  const attempts = ladder.map((rung, rank) => {
    const before = ladder[rank - 1];
    const attempt: Attempt = {
      ...callOf(rung.last),
      kind: 'attempt',
      chain,
      target: names[rank] ?? '',
      routeType: rank === 0 ? 'primary' : 'fallback',
      rank,
      targets: undefined,
      configured: false,
      outcome: rung.outcome,
      startTime: rung.first.call.startTime,
      ...(before && whyItFell(before, primary, rung)),
    };
    return { attempt, call: rung.last };
  });
  const { last } = primary;
  const said = failedBeside(last, holders, links);
  const others = said?.fallbacks.filter((name) => !names.includes(name)) ?? [];
  const beside = others.map((target, index) => {
    const place = { chain, target, routeType: 'fallback', rank: names.length + index, configured: false } as const;
    return { attempt: failedAfter(last, said?.errorType, place), call: last };
  });
  return { service: call.service, chain, group, attempts: [...attempts, ...beside], isNamed: beside.length > 0 };
}

/** The nearest of the places in the code that are named. */
function siteOf(call: BufferedCall, links: ReadonlyMap<string, Link>): string | undefined {
  const { sites } = jobOf(call, links);
  const kind = SITE_KINDS.find((each) => sites[each] !== undefined);
  return kind && sites[kind];
}

/** A gateway's groups are its targets; else the models are, with their places where two have one name. */
function namesOf(ladder: Ladder): readonly string[] {
  return targetNames(
    ladder.map(({ first }): CallPlace => ({ ...placeOf(first), model: first.group ?? modelOf(first) ?? '' })),
  );
}

/** What a span around a failed call says of the groups that failed, too. */
export function failedBeside(
  { parentId, group }: BufferedCall,
  holders: readonly Holder[],
  links: ReadonlyMap<string, Link>,
): FailedGroups | undefined {
  if (group === undefined) return undefined;
  const ids = [parentId, ...above(parentId, links).map((link) => link.parentId)];
  const saying = holders.filter(({ failed }) => failed?.group === group);
  return ids.map((id) => saying.find(({ spanId }) => spanId === id)).find((holder) => holder !== undefined)?.failed;
}

/** A target of a gateway that failed after `call` had, and left no span. */
export function failedAfter(
  call: BufferedCall,
  errorType: string | undefined,
  place: Pick<Attempt, 'chain' | 'target' | 'routeType' | 'rank' | 'configured'>,
): Attempt {
  return {
    ...callOf(call),
    ...place,
    kind: 'attempt',
    targets: undefined,
    outcome: errorOutcome(errorType),
    errorType,
    requestModel: undefined,
    responseModel: undefined,
    provider: undefined,
    inputTokens: undefined,
    outputTokens: undefined,
    costAmount: undefined,
    costCurrency: undefined,
    triggerReason: triggerAfter(call.outcome, classOf(call.call)),
    primaryErrorType: call.call.errorType ?? call.outcome,
  };
}

function whyItFell(before: TriedCall, primary: TriedCall, rung: TriedCall): Partial<Attempt> {
  return {
    triggerReason: rung.last.call.triggerReason ?? triggerAfter(before.outcome, classOf(before.last.call)),
    primaryErrorType: primary.last.call.errorType ?? primary.outcome,
    // A stream's span may begin with the whole run.
    failoverDuration:
      (Math.max(rung.first.call.startTime, before.last.call.endTime) - primary.first.call.startTime) / 1000,
  };
}

function classOf({ errorType }: BufferedCall['call']): ErrorClass | undefined {
  return errorType === undefined ? undefined : errorClass(errorType);
}
