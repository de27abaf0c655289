/**
 * Announcements that say again what was just said. The primary's spans announce a chain's targets in every batch, while what a row heard
 * is held against days: a list that its chain announced last, and lately, is not taken to each of its rows again.
 */
import type { RouteType } from '@warmspare/semconv';
import type { TargetList } from '../types/evidence.ts';

/** `at`: when the list was taken to its rows, epoch ms. */
export interface Heard {
  readonly targets: TargetList;
  readonly at: number;
}

/** Milliseconds. */
const AGAIN = 1000;

/** `at`: the receipt of the announcement, epoch ms. */
export function isJustHeard(heard: Heard | undefined, targets: TargetList, at: number): boolean {
  return heard !== undefined && heard.targets === targets && Math.abs(at - heard.at) < AGAIN;
}

/** Whether the announcement is of this target. */
export function announces(heard: Heard | undefined, target: string, routeType: RouteType): boolean {
  return heard?.targets.some(({ name, type }) => name === target && type === routeType) ?? false;
}
