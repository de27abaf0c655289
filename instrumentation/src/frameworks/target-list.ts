/**
 * A library's own list of fallbacks in, a chain that is announced out. The list is known when it is built, even if it never runs. Its name
 * is the user's, else made of its targets: stable, and one for each list.
 */
import { type CallPlace, type RouteType, type TriggerReason, targetNames } from '@warmspare/semconv';
import { beforeFinish } from '../base/after-answer.ts';
import { activeChainName } from '../base/chain-name.ts';
import { announceChain } from '../call/declare.ts';

/** One entry of a list: a target, or a list of its own whose targets stand in its place. */
export type Entry =
  | { readonly place: CallPlace; readonly type?: RouteType | undefined }
  | { readonly list: TargetList };

export interface TargetList {
  /** Names of all targets in rank order. */
  readonly names: readonly string[];
  readonly types: readonly RouteType[];
  /** The rank of each entry's first target. */
  readonly offsets: readonly number[];
  /** Of the entries that are lists. */
  readonly lists: readonly (TargetList | undefined)[];
  /** The user's name when it was built, if there was one. */
  readonly named: string | undefined;
  /** Made of the targets. */
  readonly derived: string;
  /** Why the newest run left the primary: a list may go on with a fallback for a while without asking the primary again. */
  lastReason?: TriggerReason | undefined;
  readonly places: readonly CallPlace[];
}

const MAX_TARGETS = 16;
/** A chain's name is cut at 256 characters; longer ones would lose what tells them apart. */
const MAX_NAME = 200;
/** How long a list waits for its first run, which may bring the user's name, until it is announced under its own (ms). */
const PATIENCE = 10_000;

/** `system`: the library. Undefined where there is nothing to fall back on. The list is announced; never throws for what it is given. */
export function targetList(system: string, entries: readonly Entry[]): TargetList | undefined {
  const places: CallPlace[] = [];
  const types: RouteType[] = [];
  const offsets: number[] = [];
  for (const entry of entries) {
    offsets.push(places.length);
    if ('list' in entry) {
      remember(absorbed, entry.list.derived);
      places.push(...entry.list.places);
      types.push(...entry.list.types);
    } else {
      places.push(entry.place);
      types.push(entry.type ?? 'fallback');
    }
  }
  if (places.length < 2 || places.length > MAX_TARGETS) return undefined;
  types[0] = 'primary';
  for (let rank = 1; rank < types.length; rank += 1) if (types[rank] === 'primary') types[rank] = 'fallback';
  const names = distinct(targetNames(places));
  const list: TargetList = {
    names,
    types,
    offsets,
    lists: entries.map((entry) => ('list' in entry ? entry.list : undefined)),
    named: activeChainName(),
    derived: derivedName(system, names),
    places,
  };
  expectRun(list);
  return list;
}

/** The name of a run's chain; from here on the list is announced under it. */
export function chainOf(list: TargetList, job: string | undefined): string {
  const name = list.named ?? job ?? list.derived;
  pending.delete(list.derived);
  if (name !== list.derived) remember(elsewhere, list.derived);
  announceOnce(name, list);
  return name;
}

/** Two targets of one name would be one row. */
function distinct(names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

function derivedName(system: string, names: readonly string[]): string {
  const whole = `${system}:${names.join('>')}`;
  if (whole.length <= MAX_NAME) return whole;
  return `${system}:${names[0]?.slice(0, 100)}>${names.length - 1} more`;
}

/** Lists that nobody has run yet, by their derived names. */
const pending = new Map<string, TargetList>();
/** Lists that stand in others, and those that run under names of the user's: their own names are no chains. */
const absorbed = new Set<string>();
const elsewhere = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

function expectRun(list: TargetList): void {
  if (list.named !== undefined) {
    announceOnce(list.named, list);
    return;
  }
  if (elsewhere.has(list.derived) || announced.get(list.derived) !== undefined) return;
  pending.set(list.derived, list);
  timer ??= setTimeout(announcePending, PATIENCE);
  timer.unref();
}

/** Also when the process ends, or somebody flushes. */
function announcePending(): void {
  clearTimeout(timer);
  timer = undefined;
  const lists = [...pending];
  pending.clear();
  for (const [name, list] of lists) if (!absorbed.has(name)) announceOnce(name, list);
}

beforeFinish(announcePending);

/** What each chain was announced with. Its repetition is `declare.ts`'s business. */
const announced = new Map<string, string>();
const MAX_KEPT = 1_000;

function announceOnce(name: string, { names, types }: TargetList): void {
  const said = names.join('\n');
  if (announced.get(name) === said) return;
  if (announced.size >= MAX_KEPT) announced.clear();
  announced.set(name, said);
  announceChain({ name, targets: names.map((target, rank) => ({ name: target, type: types[rank] ?? 'fallback' })) });
}

function remember(names: Set<string>, name: string): void {
  if (names.size < MAX_KEPT) names.add(name);
}
