/** The small parts of every page: a state by word and shape, and a time both exact and relative. */
import { html, raw } from 'hono/html';
import type { Sighting, TargetSnapshot, TargetState } from '../../types/snapshot.ts';
import { ago, inWords } from '../duration.ts';
import type { Urgency } from '../urgency.ts';
import { type Html, sightingIds, type View } from './view.ts';

export type { Html };

/** The states as people write them. */
export const WORDS: Readonly<Record<TargetState, string>> = {
  never_exercised: 'never exercised',
  failing: 'failing',
  stale: 'stale',
  fresh: 'fresh',
};

/** The colour of each urgency, a class of the style sheet. */
export const URGENCY_CLASSES: Readonly<Record<Urgency, string>> = {
  users_affected: 'failing',
  on_fallback: 'stale',
  would_not_hold: 'never_exercised',
  fine: 'fresh',
};

/** A dashed ring, a cross, a clock and a disc: told apart without colour. */
const SHAPES: Readonly<Record<TargetState, string>> = {
  never_exercised:
    '<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.1"/>',
  failing: '<path d="M2 2l12 12M14 2L2 14" stroke="currentColor" stroke-width="3"/>',
  stale:
    '<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M8 4v4.5l3 2" fill="none" stroke="currentColor" stroke-width="2"/>',
  fresh: '<circle cx="8" cy="8" r="7.5" fill="currentColor"/>',
};

/** The state of a target; one without a status says why, and a primary, which its own traffic proves, has none. */
export function stateMark({ state, undeclared, overflow }: TargetSnapshot): Html | string {
  if (state !== undefined) return stateWord(state);
  return undeclared || overflow ? html`<span class="state none">${undeclared ? 'undeclared' : 'overflow'}</span>` : '';
}

/** A state by its word and its shape; `words` say it otherwise. */
export function stateWord(state: TargetState, words: string = WORDS[state]): Html {
  return html`<span class="state ${state}"><svg viewBox="0 0 16 16" aria-hidden="true">${raw(SHAPES[state])}</svg>${words}</span>`;
}

/** `3 hours ago`, with the exact time for machines and on hovering. */
export function when(at: number, view: View): Html {
  return html`<time datetime="${new Date(at).toISOString()}" title="${exact(at, view)}">${ago(at, view.now)}</time>`;
}

/** `3 hours`, to follow "for", with the exact time of the beginning. */
export function lasting(since: number, view: View): Html {
  return html`<time datetime="${new Date(since).toISOString()}" title="since ${exact(since, view)}">${inWords(Math.max(0, view.now - since) / 1000)}</time>`;
}

/** `2026-01-15 12:00:00 UTC (3 hours ago)`. */
export function whenExactly(at: number, view: View): Html {
  return html`<time datetime="${new Date(at).toISOString()}">${exact(at, view)}</time> <span class="soft">(${ago(at, view.now)})</span>`;
}

/** `2026-01-15 12:00:00 UTC`, and after it the same in the reader's zone where that is known: `, 13:00:00 Europe/Berlin`. */
export function exact(at: number, { timeZone }: Pick<View, 'timeZone'>): string {
  const utc = `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (timeZone === undefined) return utc;
  const local = new Date(at).toLocaleString('sv-SE', { timeZone });
  const [day, time] = local.split(' ');
  return `${utc}, ${utc.startsWith(day ?? '') ? time : local} ${timeZone}`;
}

/** A sighting as people read it: when, and the span to look up. */
export function sighting(seen: Sighting, view: View): Html {
  return html`${whenExactly(seen.at, view)}${seen.traceId === '' ? '' : html`, ${sightingIds(seen, view)}`}`;
}
