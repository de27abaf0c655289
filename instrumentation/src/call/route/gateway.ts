/** What a gateway said of the call, as a route and the failures of other targets. It keeps the names of chains that fell, for their primaries. */

import { errorClass, errorOutcome, sameModel, triggerOf } from '@warmspare/semconv';
import { ranksOf } from '../../base/ranks.ts';
import type { FailedTry, GatewaySaid } from '../../gateways/gateway.ts';
import type { CallAnswer, CallRequest } from '../../types/call.ts';
import type { Declaration } from '../../types/declaration.ts';
import { type FailedTarget, type Findings, NOBODY, type Route } from './route.ts';

type Request = Pick<CallRequest, 'model' | 'chain' | 'declared'>;

/** A target, as far as it is known. */
type Place = Pick<Route, 'type' | 'target' | 'rank'>;

/** Undefined where the gateway says nothing of who answered. */
export function gatewayFindings(
  said: GatewaySaid | undefined,
  request: Request,
  answer: CallAnswer | undefined,
): Findings | undefined {
  if (said === undefined) return undefined;
  if (said.broke === true || said.unclear === true) return NOBODY;
  const ladder = said.ladder ?? request.declared;
  const chain = chainOf(said, request, ladder);
  const failed = failedTargets(said, request, ladder);
  const rest = { chain, announced: ladder === request.declared ? undefined : ladder };
  if (said.cache !== undefined) {
    return { route: { type: 'cache', source: 'gateway', cacheType: said.cache }, failed, ...rest };
  }
  // What headers said of who would answer came to nothing.
  if (answer?.changedModel === true && said.handedOn !== true) return undefined;
  const place = ladder === undefined ? placeByName(said, request, chain) : placeIn(ladder, said);
  if (place === undefined) return undefined;
  if (place === 'nobody') return NOBODY;
  if (place.target !== undefined && place.type === 'fallback') remember(said, request, chain);
  const others = failed?.filter(({ target }) => target !== place.target);
  if (others !== undefined && others.length > 0) remember(said, request, chain);
  return { ...rest, failed: others, route: routeTo(place, chain, others) };
}

/** Rung and name of the target must not contradict each other. */
function placeIn(ladder: Declaration, { rung, fallback, served }: GatewaySaid): Place | 'nobody' | undefined {
  const byName = ranksOf(ladder, served);
  if (rung !== undefined) {
    const isOther = byName.length > 0 && !byName.includes(rung);
    return isOther ? 'nobody' : (targetAt(ladder, rung) ?? 'nobody');
  }
  if (fallback !== true) return undefined;
  const [rank, ...more] = served === undefined && ladder.names.length === 2 ? [1] : byName.filter((each) => each > 0);
  if (rank !== undefined) return more.length > 0 ? 'nobody' : targetAt(ladder, rank);
  // One that the gateway's own configuration added; the primary is no fallback.
  return byName.length > 0 || served === undefined ? 'nobody' : { type: 'fallback', target: served };
}

function targetAt({ names, types }: Declaration, rank: number): Place | undefined {
  const type = types[rank];
  return type === undefined ? undefined : { type, target: names[rank], rank };
}

/** Rung 0 is called primary only where fallbacks are known: without any, it is the primary of nothing. */
function placeByName(
  { gateway, rung, fallback, served, failed }: GatewaySaid,
  { model }: Request,
  chain: string | undefined,
): Place | 'nobody' | undefined {
  if (rung === 0) {
    const isKnown = (failed?.length ?? 0) > 0 || fallen.has(keyOf(gateway, model, chain));
    return isKnown && model !== undefined ? { type: 'primary', target: model, rank: 0 } : undefined;
  }
  if (rung === undefined) return fallback === true ? { type: 'fallback', target: served } : undefined;
  // A rung below says that another target served, the name that it was the same one.
  if (served !== undefined && model !== undefined && sameModel(model, served)) return 'nobody';
  return { type: 'fallback', target: served, rank: rung };
}

function routeTo(place: Place, chain: string | undefined, failed: readonly FailedTarget[] | undefined): Route {
  const { type, target, rank } = place;
  if (type === 'primary') return { source: 'gateway', ...place, chain };
  const primary = failed?.find((each) => each.rank === 0);
  return {
    type,
    source: 'gateway',
    chain: target === undefined ? undefined : chain,
    target,
    rank,
    triggerReason: failed?.at(-1)?.reason,
    primaryErrorType: primary?.errorType,
  };
}

function chainOf({ gateway }: GatewaySaid, request: Request, ladder: Declaration | undefined): string | undefined {
  return ladder?.chain ?? request.chain ?? (request.model === undefined ? undefined : `${gateway}:${request.model}`);
}

/** Those that have a name, each once. */
function failedTargets(
  { failed }: GatewaySaid,
  { model }: Request,
  ladder: Declaration | undefined,
): readonly FailedTarget[] | undefined {
  if (failed === undefined) return undefined;
  const found = new Map<string, FailedTarget>();
  for (const each of failed) {
    const rank = each.rung ?? rankOf(each, model, ladder);
    const target =
      (rank === undefined ? undefined : ladder?.names[rank]) ?? each.name ?? (rank === 0 ? model : undefined);
    if (target === undefined) continue;
    const { errorType = '_OTHER' } = each;
    const type = rank === 0 ? 'primary' : 'fallback';
    const because = errorClass(errorType);
    const reason = because === undefined ? undefined : triggerOf(because);
    found.set(target, { target, type, rank, outcome: errorOutcome(errorType), errorType, reason });
  }
  return [...found.values()];
}

function rankOf({ name }: FailedTry, model: string | undefined, ladder: Declaration | undefined): number | undefined {
  if (ladder === undefined) return name !== undefined && name === model ? 0 : undefined;
  const [rank, ...more] = ranksOf(ladder, name);
  return more.length > 0 ? undefined : rank;
}

/** Models that a gateway has fallbacks for, as it showed once: from then on it is known of what rung 0 is the primary. */
const MAX_FALLEN = 1_000;
const fallen = new Set<string>();

function remember({ gateway }: GatewaySaid, { model }: Request, chain: string | undefined): void {
  if (fallen.size < MAX_FALLEN) fallen.add(keyOf(gateway, model, chain));
}

function keyOf(gateway: string, model: string | undefined, chain: string | undefined): string {
  return JSON.stringify([gateway, model, chain]);
}
