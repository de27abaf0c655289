/** How a chain's contract changed, on one line a part, with each target's last success on it; and the same in words. */
import { html } from 'hono/html';
import type { ChainSnapshot, ContractPartSnapshot, TargetSnapshot } from '../types/snapshot.ts';
import { type Html, when } from './page-marks.ts';

const WIDTH = 960;
const LANE = 28;
/** Of a part, newest first. */
const REVISIONS_IN_WORDS = 5;

/** Nothing where no span of the primary showed any part. */
export function contractTimeline(
  chain: ChainSnapshot | undefined,
  targets: readonly TargetSnapshot[],
  now: number,
): Html | string {
  const parts = (chain?.contract ?? []).filter(({ revisions }) => revisions.length > 0);
  if (parts.length === 0) return '';
  return html`<h2>The contract, and who worked under it</h2>
<p>What the primary promises: each change since is one that a fallback may not have run under yet.</p>
${drawing(parts, targets, now)}
<dl>
${parts.map(
  (part) => html`<dt>${part.part}</dt><dd>${inWords(part, now)}</dd>
`,
)}${drifted(targets)}</dl>
`;
}

function inWords({ current, revisions, unstable }: ContractPartSnapshot, now: number): Html {
  const newest = [...revisions].reverse();
  const shown = newest.slice(0, REVISIONS_IN_WORDS);
  const older = newest.length - shown.length;
  return html`${unstable ? html`<strong>unstable:</strong> it changes on most calls, so it is left out of drift. ` : ''}${shown.map(
    ({ revision, firstSeen }, index) =>
      html`${index > 0 ? ', before: ' : ''}<code>${short(revision)}</code>${revision === current ? ' now,' : ''} first seen ${when(firstSeen.at, now)}`,
  )}${older > 0 ? `, and ${older} older` : ''}`;
}

function drifted(targets: readonly TargetSnapshot[]): readonly Html[] {
  return targets.flatMap(({ target, drift }) => {
    const changed = drift.filter(({ revisions }) => revisions.length > 0);
    if (changed.length === 0) return [];
    const words = changed.map(({ part, revisions }) => `${revisions.length} of the ${part}`).join(', ');
    return [
      html`<dt>${target}</dt><dd>changes since it last worked: ${words}</dd>
`,
    ];
  });
}

function drawing(parts: readonly ContractPartSnapshot[], targets: readonly TargetSnapshot[], now: number): Html {
  const judged = targets.filter(({ lastSuccess, state }) => lastSuccess !== undefined && state !== undefined);
  const times = [
    ...parts.flatMap(({ revisions }) => revisions.map(({ firstSeen }) => firstSeen.at)),
    ...judged.map(({ lastSuccess }) => lastSuccess?.at ?? now),
  ];
  const begin = Math.min(...times, now - 1);
  const x = (at: number): number => ((Math.min(at, now) - begin) / (now - begin)) * WIDTH;
  const height = parts.length * LANE;
  return html`<svg class="timeline" viewBox="-8 0 ${WIDTH + 16} ${height + 16 * judged.length + 8}" role="img" aria-label="Timeline of the contract; the list below says the same">
${parts.map((part, lane) => laneOf(part, lane * LANE, x))}
${judged.map((target, index) => successOf(target, index, height, x))}
</svg>
<p class="scale"><span>${when(begin, now)}</span><span>now</span></p>
`;
}

function laneOf({ part, revisions }: ContractPartSnapshot, top: number, x: (at: number) => number): Html {
  const blocks = revisions.map(({ firstSeen }, index) => {
    const next = revisions[index + 1]?.firstSeen.at;
    const from = x(firstSeen.at);
    const width = Math.max(2, (next === undefined ? WIDTH : x(next)) - from - 2);
    return html`<rect x="${from.toFixed(1)}" y="${top + 12}" width="${width.toFixed(1)}" height="10" class="${index % 2 === 0 ? 'even' : 'odd'}"/>`;
  });
  return html`<text x="0" y="${top + 9}">${part}</text>${blocks}`;
}

function successOf(
  { target, lastSuccess }: TargetSnapshot,
  index: number,
  height: number,
  x: (at: number) => number,
): Html {
  const at = x(lastSuccess?.at ?? 0);
  const y = height + 16 * index + 12;
  const atEnd = at > WIDTH / 2;
  return html`<path d="M${at.toFixed(1)} 0V${y - 4}" class="mark"/><text x="${(at + (atEnd ? -6 : 6)).toFixed(1)}" y="${y}" text-anchor="${atEnd ? 'end' : 'start'}">${target}</text>`;
}

/** A fingerprint is told by its beginning. */
const short = (revision: string): string => (/^[0-9a-f]{16,}$/.test(revision) ? revision.slice(0, 8) : revision);
