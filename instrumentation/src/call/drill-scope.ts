/**
 * The drills around the running code, and what they mean for an attempt and for a call: a failure to make, or a kind to say. Nothing here
 * makes a drill: without one the code costs a look.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type DrillFaultName, type GenAiOperationName, type RouteType, sameModel } from '@warmspare/semconv';
import type { AttemptScope } from '../types/attempt.ts';
import type { CallRequest } from '../types/call.ts';
import type { DrilledAttempt } from '../types/drill.ts';
import { declaredTargets } from './declare.ts';

/** A drill under way. */
export interface RunningDrill {
  readonly id: string;
  readonly chain: string;
  readonly fault: DrillFaultName;
  /** The one to exercise; undefined: the first below the primary. */
  readonly target: string | undefined;
  /** Models that fail, whatever the chain says. */
  readonly models: readonly string[];
  /** Of a late answer, ms. */
  readonly delayMs: number;
  /** False: the runs of the chain are ordinary ones. Asked before each failure. */
  readonly live: () => boolean;
  /** Tries that were made to fail. */
  readonly injected: number;
  /** One try of a target was made to fail. */
  inject(target: string | undefined): void;
  /** Work inside begins; the returned function ends it. */
  begin(): () => void;
  /** A chain has no such target, or nothing of the like. */
  note(reason: string): void;
}

/** Finds a drill that came with a request. */
type Source = (chain: string | undefined) => RunningDrill | undefined;

const storage = new AsyncLocalStorage<readonly RunningDrill[]>();
let source: Source | undefined;

/** Runs `fn`, and everything asynchronous that it starts, inside the drill. */
export function runInDrill<T>(drill: RunningDrill, fn: () => T): T {
  return storage.run([...(storage.getStore() ?? []), drill], fn);
}

/** Runs `fn` outside of every drill. */
export function runUndrilled<T>(fn: () => T): T {
  return storage.run([], fn);
}

let practice: ((chain: string) => RunningDrill | undefined) | undefined;

/** Where drills come from that no one asked for: practice on live traffic. */
export function practiceComesFrom(found: ((chain: string) => RunningDrill | undefined) | undefined): void {
  practice = found;
}

/** The drill of one run of a chain: one around it, or one that practises. Asked once a run. */
export function drillOfRun(chain: string): RunningDrill | undefined {
  const found = activeDrill(chain);
  if (found !== undefined || practice === undefined || storage.getStore() !== undefined) return found;
  const practised = practice(chain);
  return practised?.live() === true ? practised : undefined;
}

/** Where drills come from that no code around the running one began: requests. */
export function drillsComeFrom(found: Source | undefined): void {
  source = found;
}

/** The innermost live drill of the chain. */
export function activeDrill(chain: string): RunningDrill | undefined {
  const found = storage.getStore()?.findLast((drill) => drill.chain === chain) ?? source?.(chain);
  return found?.live() === true ? found : undefined;
}

function drillOfModels(): RunningDrill | undefined {
  const found = storage.getStore()?.findLast(({ models }) => models.length > 0);
  return found?.live() === true ? found : undefined;
}

/** The rank to exercise: -1 where the chain has no such target. */
export function drilledRank(drill: RunningDrill, names: readonly string[] | undefined): number {
  if (drill.target === undefined) return names === undefined || names.length > 1 ? 1 : -1;
  return names?.indexOf(drill.target) ?? -1;
}

/**
 * The scope that a call runs in, as the drill around it has it: `outer` itself where there is none. `outer` stays live, as its
 * properties are read when calls begin.
 */
export function drilledScope(outer: AttemptScope | undefined, request: CallRequest): AttemptScope | undefined {
  if (outer?.drill !== undefined) return outer;
  if (storage.getStore() === undefined && source === undefined) return outer;
  if (outer?.exerciseKind !== undefined && outer.exerciseKind !== 'organic') return outer;
  const chain = outer?.chain ?? request.chain ?? request.declared?.chain;
  const drill = (chain === undefined ? undefined : activeDrill(chain)) ?? drillOfModels();
  if (drill === undefined) return outer;
  return outer === undefined ? ownScope(drill, request) : within(outer, drill, request);
}

/** Marks an attempt of a chain whose targets are known as part of the drill. */
export function drilledAttempt(drill: RunningDrill, fails: boolean): DrilledAttempt {
  return { drill, id: drill.id, fault: drill.fault, fails, injected: false };
}

/** An attempt that a library or `withRoute()` runs. */
function within(outer: AttemptScope, drill: RunningDrill, request?: CallRequest): AttemptScope {
  const exercised = drilledRank(drill, outer.targetNames);
  const rank = outer.rank ?? (outer.target === undefined ? undefined : outer.targetNames?.indexOf(outer.target));
  const above = rank !== undefined && rank >= 0 && rank < exercised;
  const named = request !== undefined && failsByModel(drill, request);
  // What the chain does not say, nobody can drill.
  if (!above && !named && exercised < 0 && drill.models.length === 0) return outer;
  return Object.create(outer, {
    exerciseKind: { value: 'drill', enumerable: true },
    drill: { value: drilledAttempt(drill, above || named), enumerable: true },
    ...(rank === exercised && outer.routeType !== 'primary' && { triggerReason: { value: 'drill', enumerable: true } }),
  });
}

/** A call that no wrapper surrounds: the drill names what fails, and what stands in for it is what it exercises. */
function ownScope(drill: RunningDrill, request: CallRequest): AttemptScope | undefined {
  if (drill.models.length === 0 || APART.has(request.operation)) return undefined;
  const targets = declaredTargets(drill.chain);
  const fails = failsByModel(drill, request);
  if (!fails && drill.injected === 0) return undefined;
  const place = placeOf(drill, request.model, fails, targets);
  const marked = drilledAttempt(drill, fails);
  return {
    chain: drill.chain,
    targetNames: targets?.targetNames,
    targetTypes: targets?.targetTypes,
    ...place,
    routeSource: 'explicit',
    triggerReason: place.routeType === 'primary' ? undefined : 'drill',
    exerciseKind: 'drill',
    drill: marked,
    carriesOutcome: 'leaf',
    recording: false,
    onStart: () => {},
    onCall: () => {},
  };
}

interface Place {
  readonly target: string | undefined;
  readonly rank: number | undefined;
  readonly routeType: RouteType;
}

function placeOf(
  { target }: RunningDrill,
  model: string | undefined,
  fails: boolean,
  targets: ReturnType<typeof declaredTargets>,
): Place {
  const { targetNames = [], targetTypes = [] } = targets ?? {};
  const known = model === undefined ? -1 : targetNames.findIndex((name) => name === model || sameModel(name, model));
  if (known >= 0) return { target: targetNames[known], rank: known, routeType: targetTypes[known] ?? 'fallback' };
  if (fails) return { target: targetNames[0] ?? model, rank: 0, routeType: 'primary' };
  const rank = target === undefined ? -1 : targetNames.indexOf(target);
  const routeType = rank > 0 ? (targetTypes[rank] ?? 'fallback') : 'fallback';
  // A call of a model is no heuristic's; whose it is, nobody says.
  const isModel = routeType === 'fallback';
  return {
    target: (isModel ? target : undefined) ?? model,
    rank: isModel && rank > 0 ? rank : undefined,
    routeType: 'fallback',
  };
}

function failsByModel({ models }: RunningDrill, { model, operation }: CallRequest): boolean {
  if (model === undefined || APART.has(operation)) return false;
  return models.some((name) => name === model || sameModel(name, model));
}

/** Never the job of a chain that answers. */
const APART: ReadonlySet<GenAiOperationName> = new Set<GenAiOperationName>(['embeddings']);
