/** What the rows say together, as the head of a page: one sentence, then each state with its number, a link to the rows in it. */
import { html } from 'hono/html';
import type { TargetState } from '../types/snapshot.ts';
import { type Html, stateWord } from './page-marks.ts';
import { headlineOf, type StatusDocument, type Verdict } from './status-json.ts';
import { STATES } from './worst-first.ts';

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
  hrefOf: (state: TargetState) => string,
  shown: TargetState | undefined,
): Html {
  const { verdict, reason, counts } = judged;
  return html`<div class="verdict ${VERDICT_CLASSES[verdict]}"><h1>${verdictTitle(judged)}</h1>${
    verdict === 'unknown'
      ? html`<p>${reason}</p>`
      : html`<ul class="counts">${STATES.filter((state) => counts[state] > 0).map((state) => html`<li><a href="${hrefOf(state)}"${state === shown ? html` aria-current="true"` : ''}>${stateWord(state, counts[state])}</a></li>`)}</ul>`
  }</div>
`;
}
