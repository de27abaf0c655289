/** Parallel lists of target names and types become one target list: the same object for the same lists, so that later stages know it again. */
import { ROUTE_TYPES, type RouteType } from '@warmspare/semconv';
import type { TargetList, TargetName } from '../types/evidence.ts';
import type { AttributeValue } from '../types/span.ts';

export interface Announcements {
  /** Undefined where the lists are not parallel, name a type that does not exist, or are too long to be one chain's. */
  read(names: readonly string[], types: AttributeValue | undefined): TargetList | undefined;
  /** Lists that were too long, once while the readers know the list. */
  readonly tooLong: number;
}

/** Rungs that one chain can announce. */
const MAX_TARGETS = 64;

/** `nameLength`: characters that a target's name may have. */
export function createAnnouncements(nameLength: number): Announcements {
  const known = new WeakMap<readonly string[], { types: readonly string[]; targets: TargetList | undefined }>();
  let lastNames: readonly string[] | undefined;
  let lastTypes: readonly string[] | undefined;
  let last: TargetList | undefined;
  let tooLong = 0;
  return {
    get tooLong() {
      return tooLong;
    },
    read(names, types) {
      if (!isList(types)) return undefined;
      if (names === lastNames && types === lastTypes) return last;
      let entry = known.get(names);
      if (entry?.types !== types) {
        if (names.length > MAX_TARGETS) tooLong++;
        entry = { types, targets: pair(names, types, nameLength) };
        known.set(names, entry);
      }
      lastNames = names;
      lastTypes = types;
      last = entry.targets;
      return last;
    },
  };
}

function pair(names: readonly string[], types: readonly string[], nameLength: number): TargetList | undefined {
  if (names.length === 0 || names.length !== types.length || names.length > MAX_TARGETS) return undefined;
  const targets: TargetName[] = [];
  for (const [rank, name] of names.entries()) {
    const type = types[rank];
    if (name === '' || name.length > nameLength || !isRouteType(type)) return undefined;
    targets.push({ name, type });
  }
  return targets;
}

function isList(value: AttributeValue | undefined): value is readonly string[] {
  return Array.isArray(value);
}

function isRouteType(value: string | undefined): value is RouteType {
  return ROUTE_TYPES.some((type) => type === value);
}
