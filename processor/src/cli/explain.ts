/** `warmspare explain`: why a target is in its state, the evidence with trace ids, and what would change it. */
import type { StatusAssumption, StatusHeadroom, StatusSighting } from '../output/status-analysis.ts';
import type { StatusDocument, StatusTarget } from '../output/status-json.ts';
import { callAdmin, DEFAULT_URL, errorOf } from './admin-client.ts';
import type { Options } from './command-line.ts';
import type { ExitCode, Io } from './io.ts';
import { isStatus } from './status.ts';

const SIGNS = { holds: '✓', broken: '✗', unverified: '○' } as const;

/** 0 every row that matches is fresh and nothing is broken, 1 some are not, 2 no row matches or the service cannot be reached. */
export async function explain(options: Options, io: Io): Promise<ExitCode> {
  const { chain, target } = options;
  if (typeof chain !== 'string' || typeof target !== 'string') {
    io.stderr.write('warmspare: explain wants --chain and --target; warmspare status lists them\n');
    return 2;
  }
  const query = new URLSearchParams({ chain, target });
  for (const key of ['service', 'namespace', 'environment']) {
    const value = options[key];
    if (typeof value === 'string') query.set(key, value);
  }
  const url = typeof options.url === 'string' ? options.url : DEFAULT_URL;
  const answer = await callAdmin(io, url, `/status.json?${query}`);
  if ('unreachable' in answer || answer.status !== 200 || !isStatus(answer.body)) {
    io.stderr.write(`warmspare: ${'unreachable' in answer ? answer.unreachable : errorOf(answer)}\n`);
    return 2;
  }
  const { targets } = answer.body;
  if (targets.length === 0) {
    io.stderr.write(`warmspare: no row has chain ${chain} and target ${target}; warmspare status lists them\n`);
    return 2;
  }
  if (options.json === true) io.stdout.write(`${JSON.stringify(targets, null, 2)}\n`);
  else io.stdout.write(targets.map((each) => explanation(each, answer.body as StatusDocument)).join('\n'));
  return targets.every(isSound) ? 0 : 1;
}

function isSound({ state, assumptions }: StatusTarget): boolean {
  return (state === undefined || state === 'fresh') && assumptions.every((each) => each.state !== 'broken');
}

/** What a person would want to know, a paragraph a question. */
function explanation(target: StatusTarget, { now }: StatusDocument): string {
  const { chain, service, namespace, environment, route_type: routeType, state, sentence } = target;
  const where = [service, namespace && `namespace ${namespace}`, environment].filter(Boolean).join(', ');
  const lines = [
    `${target.target}, ${routeType} of ${chain}${where === '' ? '' : `  (${where})`}`,
    '',
    `  ${state === undefined ? '' : `${state.replace('_', ' ')}: `}${sentence}`,
    ...evidence('last success', target.last_success),
    ...evidence('last failure', target.last_failure),
    ...target.assumptions.flatMap((each) => ['', ...assumption(each)]),
    ...drift(target),
    ...(target.headroom.length === 0 ? [] : ['', '  if it took the whole load now:', ...target.headroom.map(capacity)]),
  ];
  return `${[...lines, '', `  as of ${now}`].join('\n')}\n`;
}

function evidence(name: string, seen: StatusSighting | undefined): readonly string[] {
  if (!seen) return [];
  const why = [seen.outcome, seen.error_type].filter(Boolean).join(' ');
  return [`    ${name}  ${seen.at}${why === '' ? '' : `  ${why}`}${ids(seen)}`];
}

function assumption({ name, state, since, by, words, remedy }: StatusAssumption): readonly string[] {
  return [
    `  ${SIGNS[state]} ${name.padEnd(9)}  ${state}: ${words}`,
    `    since ${since}${by ? `, by the span of ${by.at}${ids(by)}` : ''}`,
    ...(state === 'holds' ? [] : [`    what would change it: ${remedy}`]),
  ];
}

function drift({ drift: parts }: StatusTarget): readonly string[] {
  const changed = parts.filter(({ revisions }) => revisions.length > 0);
  if (changed.length === 0) return [];
  return [
    '',
    '  changed since it last worked:',
    ...changed.flatMap(({ part, revisions }) =>
      revisions.map(({ revision, first_seen: seen }) => `    ${part.padEnd(6)}  ${revision}, first seen ${seen.at}`),
    ),
  ];
}

function capacity({ limit, headroom, declared, projected, unit, calls }: StatusHeadroom): string {
  const known =
    headroom === undefined || projected === undefined
      ? 'not known yet'
      : `${Number(projected.toPrecision(3))} of ${declared} ${unit}, headroom ${headroom.toFixed(2)}`;
  return `    ${limit}: ${known} (by ${calls} exercised ${calls === 1 ? 'call' : 'calls'})`;
}

function ids({ trace_id: trace, span_id: span }: StatusSighting): string {
  return trace === undefined ? '' : `  trace ${trace} span ${span}`;
}
