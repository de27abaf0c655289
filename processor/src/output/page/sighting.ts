/** A sighting as people read it: when, and the span to look up. */
import { html } from 'hono/html';
import type { Sighting } from '../../types/snapshot.ts';
import { type Html, whenExactly } from './marks.ts';

export function sighting(seen: Sighting, now: number): Html {
  return html`${whenExactly(seen.at, now)}${seen.traceId === '' ? '' : html`, ${sightingIds(seen)}`}`;
}

/** `trace … span …`; nothing where the span had no ids. */
export function sightingIds({ traceId, spanId }: Sighting): Html | string {
  if (traceId === '') return '';
  return html`<span class="ids">trace <code>${traceId}</code> span <code>${spanId}</code></span>`;
}
