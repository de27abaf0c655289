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
import { SITE_KINDS } from '../dialects/dialect.ts';
import type { Attempt } from '../types/evidence.ts';
import type { ServiceIdentity } from '../types/span.ts';
import { callOf, type Holder, type KeptCall } from './kept-call.ts';
import type { Link } from './links.ts';
import { above, jobOf, modelOf, placeOf } from './same-job.ts';
import type { Ladder, TriedCall } from './tries.ts';

export interface InferredRun {
  readonly service: ServiceIdentity;
  readonly chain: string;
  /** The gateway's group that was asked for. */
  readonly group: string | undefined;
  /** The primary first. `call`: whose event time it has, and whether it proves anything. */
  readonly attempts: readonly { readonly attempt: Attempt; readonly call: KeptCall }[];
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
  const named = failedBeside(primary, saidOf(primary, holders, links), chain, names);
  return { service: call.service, chain, group, attempts: [...attempts, ...named], isNamed: named.length > 0 };
}

/** The nearest of the places in the code that are named. */
function siteOf(call: KeptCall, links: ReadonlyMap<string, Link>): string | undefined {
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

/** What a span around the run says of the targets that failed, too. */
function saidOf(
  { last, first }: TriedCall,
  holders: readonly Holder[],
  links: ReadonlyMap<string, Link>,
): FailedGroups | undefined {
  if (first.group === undefined) return undefined;
  const ids = [last.parentId, ...above(last.parentId, links).map(({ parentId }) => parentId)];
  const saying = holders.filter(({ failed }) => failed?.group === first.group);
  return ids.map((id) => saying.find(({ spanId }) => spanId === id)).find((holder) => holder !== undefined)?.failed;
}

/** Targets that left no span. `names`: those that did. */
function failedBeside(
  { last }: TriedCall,
  said: FailedGroups | undefined,
  chain: string,
  names: readonly string[],
): InferredRun['attempts'] {
  const others = said?.fallbacks.filter((name) => !names.includes(name)) ?? [];
  return others.map((target, index) => {
    const attempt: Attempt = {
      ...callOf(last),
      kind: 'attempt',
      chain,
      target,
      routeType: 'fallback',
      rank: names.length + index,
      targets: undefined,
      configured: false,
      outcome: errorOutcome(said?.errorType),
      errorType: said?.errorType,
      requestModel: undefined,
      responseModel: undefined,
      provider: undefined,
      inputTokens: undefined,
      outputTokens: undefined,
      costAmount: undefined,
      costCurrency: undefined,
      triggerReason: triggerAfter(last.outcome, classOf(last.call)),
      primaryErrorType: last.call.errorType ?? last.outcome,
    };
    return { attempt, call: last };
  });
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

function classOf({ errorType }: KeptCall['call']): ErrorClass | undefined {
  return errorType === undefined ? undefined : errorClass(errorType);
}
