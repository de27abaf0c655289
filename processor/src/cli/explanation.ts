/** A row of /status.json goes in, what a person would want to know of it comes out, a paragraph a question. */
import { drillCommand } from '../output/due.ts';
import { inWords } from '../output/duration.ts';
import { detectionInWords, unservedInWords } from '../output/falling.ts';
import type {
  StatusAssumption,
  StatusBreaker,
  StatusDrift,
  StatusHeadroom,
  StatusSighting,
} from '../output/status-analysis.ts';
import type { StatusChain, StatusDocument, StatusTarget } from '../output/status-json.ts';

const SIGNS = { holds: '✓', broken: '✗', unverified: '○' } as const;

export function explanation(target: StatusTarget, { now, chains }: StatusDocument): string {
  const { service, namespace, environment, route_type: routeType, state, sentence, remedy } = target;
  const where = [service, namespace && `namespace ${namespace}`, environment].filter(Boolean).join(', ');
  const chain = chains.find(
    (each) =>
      each.chain === target.chain &&
      each.service === service &&
      each.namespace === namespace &&
      each.environment === environment,
  );
  const lines = [
    `${target.target}, ${routeType} of ${target.chain}${where === '' ? '' : `  (${where})`}`,
    '',
    `  ${state === undefined ? '' : `${state.replace('_', ' ')}: `}${sentence}`,
    ...(chain === undefined ? [] : [`    its chain: ${chain.sentence}`]),
    ...(remedy === undefined ? [] : [`    what would change it: ${remedy}`]),
    ...(state === undefined ? [] : [`    to exercise it: ${drillCommand(target)}`]),
    ...evidence('last success', target.last_success),
    ...evidence('last failure', target.last_failure),
    ...target.assumptions.flatMap((each) => ['', ...assumption(each)]),
    ...(routeType === 'primary' ? contract(chain) : drift(target, chain)),
    ...capacities(target),
    ...falling(chain),
    ...changes(target),
  ];
  return `${[...lines, '', `  as of ${now}`].join('\n')}\n`;
}

function evidence(name: string, seen: (StatusSighting & { readonly exercise_kind?: string }) | undefined) {
  if (!seen) return [];
  const why = [seen.outcome, seen.error_type === seen.outcome ? undefined : seen.error_type, seen.exercise_kind]
    .filter(Boolean)
    .join(' ');
  return [`    ${name}  ${seen.at}${why === '' ? '' : `  ${why}`}${ids(seen)}`];
}

function assumption({ name, state, since, by, words, remedy }: StatusAssumption): readonly string[] {
  const proof = state === 'unverified' ? 'its last proof is the span' : 'by the span';
  return [
    `  ${SIGNS[state]} ${name.padEnd(9)}  ${state}: ${words}`,
    `    since ${since}${by ? `, ${proof} of ${by.at}${ids(by)}` : ''}`,
    ...(state === 'holds' ? [] : [`    what would change it: ${remedy}`]),
  ];
}

/** What the primary promises now. */
function contract(chain: StatusChain | undefined): readonly string[] {
  const lines = (chain?.contract ?? []).map(({ part, current, unstable, revisions: known }) => {
    const seen = known.find(({ revision }) => revision === current)?.first_seen;
    const promised = `${current}${seen ? `, first seen ${seen.at}${ids(seen)}` : ''}`;
    return `    ${part.padEnd(6)}  ${unstable ? 'changes on most calls' : promised}`;
  });
  return lines.length === 0 ? [] : ['', '  what it promises now:', ...lines];
}

function drift({ drift: parts, last_success: worked, state }: StatusTarget, chain: StatusChain | undefined) {
  const unstable = state === undefined ? [] : (chain?.contract ?? []).filter((each) => each.unstable);
  if (parts.length === 0 && unstable.length === 0) return [];
  const since = worked ? 'since it last worked' : 'since it was declared';
  const changed = parts.filter(({ revisions }) => revisions.length > 0);
  return [
    '',
    changed.length === 0 ? `  no change of the primary is known ${since}` : `  what of the primary changed ${since}:`,
    ...changed.flatMap(revisions),
    ...unstable.map(({ part }) => `    ${part.padEnd(6)}  left out: it changes on most calls`),
  ];
}

function revisions({ part, revisions: changed, at_least: atLeast }: StatusDrift): readonly string[] {
  return [
    ...changed.map(
      ({ revision, first_seen: seen }) => `    ${part.padEnd(6)}  ${revision}, first seen ${seen.at}${ids(seen)}`,
    ),
    ...(atLeast ? [`    ${part.padEnd(6)}  and older ones that are no longer known`] : []),
  ];
}

function capacities({ headroom }: StatusTarget): readonly string[] {
  if (headroom.length === 0) return [];
  const load = headroom[0]?.load;
  const now = load === undefined ? '' : `, ${Number(load.toPrecision(3))} calls a second`;
  return ['', `  if it took the whole load now${now}:`, ...headroom.map(capacity)];
}

function capacity({ limit, headroom, declared, projected, unit, calls }: StatusHeadroom): string {
  const room = headroom === undefined ? '' : `, headroom ${headroom.toFixed(2)}`;
  const shown = unit.replace('{token}', 'tokens');
  const known =
    projected === undefined ? 'not known yet' : `${Number(projected.toPrecision(3))} of ${declared} ${shown}${room}`;
  return `    ${limit}: ${known} (by ${calls} exercised ${calls === 1 ? 'call' : 'calls'})`;
}

/** Nothing where nothing was seen of that. */
function falling(chain: StatusChain | undefined): readonly string[] {
  const { breakers = [], detection, runs } = chain ?? {};
  const unserved = unservedInWords(runs);
  const lines = [
    ...(detection ? [`    time until the next target: ${detectionInWords(detection)}`] : []),
    ...(unserved === undefined ? [] : [`    runs without an answer: ${unserved}`]),
    ...breakers.flatMap(breaker),
  ];
  return lines.length === 0 ? [] : ['', '  failovers of its chain:', ...lines];
}

/** State changes that are listed; /status.json has more. */
const CHANGES = 10;

function changes({ state_changes: all = [] }: StatusTarget): readonly string[] {
  if (all.length === 0) return [];
  const more = all.length > CHANGES ? [`    and ${all.length - CHANGES} before`] : [];
  const lines = all
    .slice(0, CHANGES)
    .map((seen) => `    ${seen.at}  ${seen.state.replace('_', ' ').padEnd(15)}  ${seen.reason}${ids(seen)}`);
  return ['', '  state changes, newest first:', ...lines, ...more];
}

function breaker({ name, state, since, trip }: StatusBreaker): readonly string[] {
  return [
    `    breaker ${name}: ${state.replace('_', ' ')}, seen ${since.at}`,
    ...(trip
      ? [
          `      last opened ${trip.at} on ${trip.signal.because}, ${inWords(trip.seconds)} after the first failure${ids(trip.signal)}`,
        ]
      : []),
  ];
}

function ids({ trace_id: trace, span_id: span }: StatusSighting): string {
  return trace === undefined ? '' : `  trace ${trace} span ${span}`;
}
