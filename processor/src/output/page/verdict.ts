/** What the rows say together, as the head of a page: one sentence, then each state with its number, a link to the rows in it. */
import type { AssumptionState } from '@warmspare/semconv';
import { html } from 'hono/html';
import type { TargetSnapshot, TargetState } from '../../types/snapshot.ts';
import { headlineOf, type StatusDocument, type Verdict } from '../status-json.ts';
import { STATES } from '../worst-first.ts';
import { type Html, stateWord } from './marks.ts';

type Judged = Pick<StatusDocument, 'verdict' | 'reason' | 'counts'>;

/** The colour of each verdict, a class of the style sheet. */
export const VERDICT_CLASSES: Readonly<Record<Verdict, string>> = {
  fresh: 'fresh',
  not_fresh: 'failing',
  unknown: 'none',
};

/** For the heading and the title of the window. */
export const verdictTitle = ({ verdict, counts }: Judged): string =>
  verdict === 'unknown' ? 'Nobody can tell yet' : headlineOf(counts);

/** `shown` is the state that the page is narrowed to. */
export function verdictBlock(
  judged: Judged,
  targets: readonly TargetSnapshot[],
  hrefOf: (state: TargetState) => string,
  shown: TargetState | undefined,
): Html {
  const { verdict, reason, counts } = judged;
  return html`<div class="verdict ${VERDICT_CLASSES[verdict]}"><h1>${verdictTitle(judged)}</h1>${
    verdict === 'unknown'
      ? html`<p>${reason}</p>`
      : html`<ul class="counts">${STATES.filter((state) => counts[state] > 0).map((state) => html`<li><a href="${hrefOf(state)}"${state === shown ? html` aria-current="true"` : ''}>${stateWord(state, counts[state])}</a></li>`)}</ul>${assumptionCounts(targets)}`
  }</div>
`;
}

/** A target that worked lately may yet not hold: what is broken of them all, and what nothing has proved. */
function assumptionCounts(targets: readonly TargetSnapshot[]): Html | string {
  const all = targets.flatMap(({ assumptions }) => assumptions);
  if (all.length === 0) return '';
  const count = (state: AssumptionState): number => all.filter((each) => each.state === state).length;
  return html`<p class="soft">Of ${all.length} assumptions on which they rest: ${count('broken')} broken, ${count('unverified')} unverified.</p>`;
}
