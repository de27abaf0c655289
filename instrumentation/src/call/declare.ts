/**
 * Announces that a chain and its targets exist, so that a target that has never run is known: a span of no length and a message
 * at registration and every five minutes, and an entry in a global map for subscribers that come late.
 */
import { ROOT_CONTEXT } from '@opentelemetry/api';
import {
  type ChainDeclaration,
  DECLARATIONS_KEY,
  type RouteType,
  SPAN_NAME_LLM_FALLBACK_DECLARE,
} from '@warmspare/semconv';
import { guarded, reportOnce } from '../base/report.ts';
import { chainAttributes } from './route-attributes.ts';
import { openSpan } from './span-record.ts';

const INTERVAL = 300_000;

/** A chain's name is low-cardinality; more than this many are a mistake that must not grow without end. */
const MAX_CHAINS = 1_000;

let timer: ReturnType<typeof setInterval> | undefined;

/** Declares a chain that was checked already. A second declaration of the same name replaces the first. Never throws. */
export function announceChain(declaration: ChainDeclaration): void {
  guarded('a chain could not be declared', () => keep(declaration), undefined);
}

function keep({ name, targets }: ChainDeclaration): void {
  const declaration: ChainDeclaration = { name, targets: targets.map((target) => ({ ...target })) };
  const known = declarations();
  if (known.size >= MAX_CHAINS && !known.has(name)) {
    reportOnce('more than 1000 chains are declared; further ones are not announced', name);
    return;
  }
  known.set(name, declaration);
  announced.delete(name);
  announce(declaration);
  timer ??= setInterval(announceAll, INTERVAL);
  timer.unref();
}

/** The targets of a declared chain in the form that attempts carry. */
export function declaredTargets(chain: string): Targets | undefined {
  const known = announced.get(chain);
  if (known !== undefined) return known;
  const declaration = declarations().get(chain);
  if (declaration === undefined) return undefined;
  const targets = targetsOf(declaration);
  announced.set(chain, targets);
  return targets;
}

interface Targets {
  readonly targetNames: readonly string[];
  readonly targetTypes: readonly RouteType[];
}

/** The same arrays for every attempt: readers compare by identity. Bounded by the declarations. */
const announced = new Map<string, Targets>();

function targetsOf({ targets }: ChainDeclaration): Targets {
  return { targetNames: targets.map(({ name }) => name), targetTypes: targets.map(({ type }) => type) };
}

function announceAll(): void {
  guarded('the chains could not be announced', () => declarations().forEach(announce), undefined);
}

function announce(declaration: ChainDeclaration): void {
  const now = Date.now();
  const attributes = chainAttributes({ chain: declaration.name, ...targetsOf(declaration) });
  openSpan(SPAN_NAME_LLM_FALLBACK_DECLARE, attributes, now, ROOT_CONTEXT).end(now, false, () => ({}));
}

function declarations(): Map<string, ChainDeclaration> {
  const holder: { [key: symbol]: unknown } = globalThis as { [key: symbol]: unknown };
  const found = holder[DECLARATIONS_KEY];
  if (found instanceof Map) return found;
  const created = new Map<string, ChainDeclaration>();
  holder[DECLARATIONS_KEY] = created;
  return created;
}
