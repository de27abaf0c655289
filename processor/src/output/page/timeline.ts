/** How a chain's contract changed, on one line a part, with each target's last success on it; and the same in words. */
import { html } from 'hono/html';
import type { ChainSnapshot, ContractPartSnapshot, TargetSnapshot } from '../../types/snapshot.ts';
import { exact, type Html, when } from './marks.ts';
import type { View } from './view.ts';

const WIDTH = 960;
/** Height of a lane, in the pixels of the page: the drawing is stretched in width only, so that it suits every screen. */
const LANE = 24;
/** Of a part, newest first. */
const REVISIONS_IN_WORDS = 5;

/** Nothing where no span of the primary showed any part. */
export function contractTimeline(
  chain: ChainSnapshot | undefined,
  targets: readonly TargetSnapshot[],
  view: View,
): Html | string {
  const parts = (chain?.contract ?? []).filter(({ revisions }) => revisions.length > 0);
  if (parts.length === 0) return '';
  return html`<h2>Changes of the primary</h2>
<p>The primary’s model, prompt and schema over time, and the last success of each target. A target has not run under the changes to the right of its last success.</p>
${drawing(parts, targets, view)}
<dl>
${parts.map(
  (part) => html`<dt>${part.part}</dt><dd>${inWords(part, view)}</dd>
`,
)}${drifted(targets)}</dl>
`;
}

function inWords({ current, revisions, unstable, forgottenAt }: ContractPartSnapshot, view: View): Html {
  const newest = [...revisions].reverse();
  const shown = newest.slice(0, REVISIONS_IN_WORDS);
  const older = newest.length - shown.length;
  return html`${unstable ? html`<strong>unstable:</strong> it changes on most calls, so it is left out of drift. ` : ''}${shown.map(
    ({ revision, firstSeen }, index) =>
      html`${index > 0 ? ', before: ' : ''}<code>${short(revision)}</code>${revision === current ? ' now,' : ''} first seen ${when(firstSeen.at, view)}`,
  )}${older > 0 ? `, and ${older} older` : ''}${forgottenAt === undefined ? '' : html`; older ones, last seen ${when(forgottenAt, view)}, are no longer known`}`;
}

function drifted(targets: readonly TargetSnapshot[]): readonly Html[] {
  return targets.flatMap(({ target, drift, lastSuccess }) => {
    const changed = drift.filter(({ revisions }) => revisions.length > 0);
    if (changed.length === 0) return [];
    const words = changed
      .map(({ part, revisions, atLeast }) => `${atLeast ? 'at least ' : ''}${revisions.length} of the ${part}`)
      .join(', ');
    return [
      html`<dt>${target}</dt><dd>changes since it ${lastSuccess === undefined ? 'was declared' : 'last worked'}: ${words}</dd>
`,
    ];
  });
}

function drawing(parts: readonly ContractPartSnapshot[], targets: readonly TargetSnapshot[], view: View): Html {
  const { now } = view;
  const judged = targets.filter(({ state }) => state !== undefined);
  const times = [
    ...parts.flatMap(({ revisions }) => revisions.map(({ firstSeen }) => firstSeen.at)),
    ...judged.map(({ lastSuccess }) => lastSuccess?.at ?? now),
  ];
  const begin = Math.min(...times, now - 1);
  const x = (at: number): string => (((Math.min(at, now) - begin) / (now - begin)) * WIDTH).toFixed(1);
  const height = (parts.length + judged.length) * LANE;
  const names = [
    ...parts.map(({ part }) => html`<li>${part}</li>`),
    ...judged.map(
      ({ target, lastSuccess }) => html`<li class="soft">${target}${lastSuccess === undefined ? ': never' : ''}</li>`,
    ),
  ];
  return html`<div class="timeline">
<ul aria-hidden="true">${names}</ul>
<svg viewBox="0 0 ${WIDTH} ${height}" height="${height}" preserveAspectRatio="none" role="img" aria-labelledby="timeline-title">
<title id="timeline-title">Timeline of the contract with the last success of each target; the list below says the same</title>
${parts.map((part, lane) => laneOf(part, lane * LANE, x, view))}
${judged.map((target, index) => successOf(target, (parts.length + index) * LANE, x, view))}
</svg>
<p class="scale" aria-hidden="true"><span>${when(begin, view)}</span><span>now</span></p>
</div>
`;
}

function laneOf({ revisions }: ContractPartSnapshot, top: number, x: (at: number) => string, view: View): Html {
  const blocks = revisions.map(({ firstSeen, revision }, index) => {
    const from = Number(x(firstSeen.at));
    const width = Math.max(2, Number(x(revisions[index + 1]?.firstSeen.at ?? view.now)) - from - 2);
    return html`<rect x="${from.toFixed(1)}" y="${top + 6}" width="${width.toFixed(1)}" height="12" class="${index % 2 === 0 ? 'even' : 'odd'}"><title>${revision}, first seen ${exact(firstSeen.at, view)}</title></rect>`;
  });
  return html`${blocks}`;
}

/** A line down through all parts, and a dot at the height of the target's name. */
function successOf(
  { target, lastSuccess }: TargetSnapshot,
  top: number,
  x: (at: number) => string,
  view: View,
): Html | string {
  if (lastSuccess === undefined) return '';
  const at = x(lastSuccess.at);
  return html`<g class="mark"><title>${target} last succeeded ${exact(lastSuccess.at, view)}</title><path d="M${at} 0V${top + LANE / 2}"/><path d="M${at} ${top + LANE / 2}h0" class="dot"/></g>
`;
}

/** A fingerprint is told by its beginning. */
const short = (revision: string): string => (/^[0-9a-f]{16,}$/.test(revision) ? revision.slice(0, 8) : revision);
