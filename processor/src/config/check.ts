/** A configuration of the right form goes in, what contradicts itself comes out: what no single key can know. */
import { isLoopback } from '../receive/site.ts';
import { type Places, type Problem, problemAt } from './problems.ts';
import type { RawChain, RawConfig, RawListener, RawPolicy, RawTarget } from './raw.ts';
import { formatEndpoint } from './units.ts';

type Path = readonly (string | number)[];

/** Every contradiction, in the order of the file's keys. */
export function contradictions(config: RawConfig, places: Places): Problem[] {
  return [
    ...listeners(config, places),
    ...twoStores(config, places),
    ...intervals(config, places),
    ...countsNothing(config.defaults, ['defaults'], places),
    ...config.chains.flatMap((chain, index) => inChain(chain, index, places)),
    ...chainTwice(config, places),
  ];
}

function listeners(config: RawConfig, places: Places): Problem[] {
  const { http, grpc } = config.receivers.otlp.protocols;
  const protocols = ['receivers', 'otlp', 'protocols'];
  const all: readonly (readonly [Path, RawListener])[] = [
    ...(http === undefined ? [] : [[[...protocols, 'http'], http] as const]),
    ...(grpc === undefined ? [] : [[[...protocols, 'grpc'], grpc] as const]),
    [['admin'], config.admin],
  ];
  const problems: Problem[] = [];
  const taken = new Map<string, Path>();
  for (const [path, listener] of all) {
    if (listener.auth !== undefined && listener.auth.token_file === undefined && !listener.auth.tokens?.length) {
      const remedy = 'name a token_file (or tokens: with their services, for a receiver), or leave auth out';
      problems.push(problemAt(places, [...path, 'auth'], 'names no token', remedy));
    }
    listener.auth?.tokens?.forEach(({ services }, index) => {
      if (services.length > 0) return;
      const remedy = "list globs of service names, or '*' for all";
      problems.push(
        problemAt(places, [...path, 'auth', 'tokens', index, 'services'], 'lets its tokens write nothing', remedy),
      );
    });
    const address = formatEndpoint(listener.endpoint);
    const other = taken.get(address);
    if (other !== undefined && listener.endpoint.port !== 0) {
      problems.push(
        problemAt(places, [...path, 'endpoint'], `is the address of ${other.join('.')} too`, 'give each its own port'),
      );
    }
    taken.set(address, path);
    if (
      !isLoopback(listener.endpoint.host) &&
      !listener.insecure &&
      listener.tls === undefined &&
      listener.auth === undefined
    ) {
      problems.push(
        problemAt(
          places,
          [...path, 'endpoint'],
          'can be reached from other machines without TLS and without a token',
          'add tls: or auth: beside it, listen on 127.0.0.1, or write insecure: true if the network around it is trusted',
        ),
      );
    }
  }
  return problems;
}

function twoStores({ store }: RawConfig, places: Places): Problem[] {
  if (store.sqlite === undefined || store.postgres === undefined) return [];
  const remedy = 'keep one of the two; warmspare migrate moves the evidence from one to the other';
  return [problemAt(places, ['store', 'postgres'], 'is a second store', remedy, { atKey: true, withValue: false })];
}

/** Below, a typo floods the receiver; above, a timer of Node.js would fire at once. */
function intervals({ exporters }: RawConfig, places: Places): Problem[] {
  const { otlp } = exporters;
  if (otlp === undefined) return [];
  const problem = (key: string, most: string): Problem =>
    problemAt(places, ['exporters', 'otlp', key], 'is out of range', `write between 1s and ${most}`);
  return [
    ...(otlp.interval < 1 || otlp.interval > 86_400 ? [problem('interval', '24h')] : []),
    ...(otlp.timeout < 1 || otlp.timeout > 600 ? [problem('timeout', '10m')] : []),
  ];
}

function countsNothing({ counts }: RawPolicy, path: Path, places: Places): Problem[] {
  if (counts === undefined || counts.length > 0) return [];
  const remedy = 'list at least one of organic, drill, shadow, or leave the key out';
  return [
    problemAt(places, [...path, 'counts'], 'lets nothing count, so that every target stays never exercised', remedy),
  ];
}

function inChain(chain: RawChain, index: number, places: Places): Problem[] {
  const path = ['chains', index, 'targets'];
  const problems: Problem[] = countsNothing(chain, ['chains', index], places);
  if (chain.targets.length < 2) {
    problems.push(
      problemAt(places, path, 'has no fallback', 'list the primary first and at least one other target after it'),
    );
  }
  const seen = new Set<string>();
  chain.targets.forEach((target, rank) => {
    const at = [...path, rank];
    if (seen.has(target.name)) {
      problems.push(
        problemAt(places, [...at, 'name'], 'names two targets of the chain', 'give each target its own name'),
      );
    }
    seen.add(target.name);
    problems.push(...countsNothing(target, at, places));
    if (target.match !== undefined && Object.keys(target.match).length === 0) {
      const remedy = 'name at least one attribute, or leave the key out';
      problems.push(problemAt(places, [...at, 'match'], 'would match every span', remedy));
    }
    problems.push(...excludesNothing(target, at, places));
    if (rank === 0 && target.type !== 'primary') {
      problems.push(problemAt(places, [...at, 'type'], 'is not what the first target is', 'list the primary first'));
    }
    if (rank > 0 && target.type === 'primary') {
      problems.push(
        problemAt(
          places,
          [...at, 'type'],
          'makes a second primary',
          'write fallback, cache or heuristic; a chain has one primary',
        ),
      );
    }
    if (target.max_cache_age !== undefined && target.type !== 'cache') {
      problems.push(
        problemAt(
          places,
          [...at, 'max_cache_age'],
          `means nothing for a ${target.type}`,
          'remove it, or give the target type: cache',
          {
            atKey: true,
          },
        ),
      );
    }
  });
  return problems;
}

function excludesNothing({ match, exclude }: RawTarget, path: Path, places: Places): Problem[] {
  if (exclude === undefined) return [];
  if (match === undefined) {
    const remedy = 'add match: beside it, or remove it; spans that name the target themselves are always its own';
    return [problemAt(places, [...path, 'exclude'], 'leaves nothing out without match', remedy, { atKey: true })];
  }
  if (Object.keys(exclude).length > 0) return [];
  const remedy = 'name at least one attribute, or leave the key out';
  return [problemAt(places, [...path, 'exclude'], 'would leave out every span', remedy)];
}

function chainTwice(config: RawConfig, places: Places): Problem[] {
  const seen = new Map<string, number>();
  return config.chains.flatMap((chain, index) => {
    const key = JSON.stringify([chain.name, chain.namespace, chain.service, chain.environment]);
    const first = seen.get(key);
    seen.set(key, first ?? index);
    if (first === undefined) return [];
    const remedy = 'merge the two, or tell them apart by namespace, service or environment';
    return [problemAt(places, ['chains', index, 'name'], `is configured already in chains[${first}]`, remedy)];
  });
}
