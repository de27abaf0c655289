/**
 * The attempts of one trace in, out those that stand beside each other: below one span, or one below a span of its own there. A span
 * around one attempt hides nothing, whoever made it: a helper, a framework, a client's own span. Around more than one it is an operation of
 * its own, and what is within has nothing to do with what is beside it; so has a request that the service answered, a tool, an agent. Pure.
 */
import type { Role } from '../normalise/dialects/job-reader.ts';
import type { Link } from './links.ts';
import { parentOf } from './same-job.ts';
import type { TriedCall } from './tries.ts';

/** What a span shows to the one above it. */
interface Shown {
  readonly attempts: readonly TriedCall[];
  /** Below spans that hold one operation's calls, not right below this one. */
  readonly allHeld: boolean;
}

const NOTHING: Shown = { attempts: [], allHeld: true };

/** Every attempt stands in one scope at most. In the order in which the attempts came. */
export function scopesOf(
  attempts: readonly TriedCall[],
  links: ReadonlyMap<string, Link>,
): readonly (readonly TriedCall[])[] {
  const order = new Map(attempts.map((attempt, index) => [attempt, index]));
  const byParent = Map.groupBy(attempts, ({ last }) => parentOf(last, links));
  const children = childrenOf(byParent.keys(), links);
  const scopes: (readonly TriedCall[])[] = [];
  const visited = new Set<string>();

  const roleOf = (id: string): Role => links.get(id)?.around.role ?? 'plain';

  const below = (id: string): Shown => {
    // Ids may go round in circles.
    if (visited.has(id)) return NOTHING;
    visited.add(id);
    const own = byParent.get(id) ?? [];
    const shown = [...(children.get(id) ?? [])].map((child) => through(child));
    const all = [...own, ...shown.flatMap((each) => each.attempts)];
    all.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
    return { attempts: all, allHeld: own.length === 0 && shown.every(({ allHeld }) => allHeld) };
  };

  const through = (id: string): Shown => {
    const role = roleOf(id);
    if (role === 'attempt') return NOTHING;
    const found = below(id);
    switch (role) {
      case 'holder':
        return { ...found, allHeld: true };
      case 'outer':
        if (found.allHeld) return found;
        break;
      case 'plain':
      case 'call':
        if (found.attempts.length === 1) return { ...found, allHeld: false };
        break;
      case 'apart':
      case 'server':
        break;
    }
    scopes.push(found.attempts);
    return NOTHING;
  };

  for (const id of topsOf(byParent.keys(), links)) {
    if (roleOf(id) !== 'attempt') scopes.push(below(id).attempts);
  }
  return scopes.filter(({ length }) => length > 0);
}

/** Of each span that is above a call the spans right below it that are, too. */
function childrenOf(parents: Iterable<string>, links: ReadonlyMap<string, Link>): ReadonlyMap<string, Set<string>> {
  const children = new Map<string, Set<string>>();
  for (const parent of parents) {
    for (let link = links.get(parent); link && link.parentId !== ''; link = links.get(link.parentId)) {
      const known = children.get(link.parentId);
      if (known?.has(link.spanId)) break;
      if (known) known.add(link.spanId);
      else children.set(link.parentId, new Set([link.spanId]));
    }
  }
  return children;
}

/** The uppermost spans that are known to be above calls. */
function topsOf(parents: Iterable<string>, links: ReadonlyMap<string, Link>): ReadonlySet<string> {
  const tops = new Set<string>();
  for (const parent of parents) {
    let top = parent;
    const seen = new Set([top]);
    for (let link = links.get(top); link && link.parentId !== '' && !seen.has(link.parentId); link = links.get(top)) {
      top = link.parentId;
      seen.add(top);
    }
    tops.add(top);
  }
  return tops;
}
