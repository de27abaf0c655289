/** What the rows say together, as the head of the overview: one sentence, then each state with its number, a link to the rows in it. */
import type { AssumptionState } from '@warmspare/semconv';
import { html } from 'hono/html';
import type { TargetSnapshot, TargetState } from '../../types/snapshot.ts';
import { STATES } from '../urgency.ts';
import { headlineOf, type Judgement, worstUrgency } from '../verdict.ts';
import { type Html, stateWord, URGENCY_CLASSES, WORDS } from './marks.ts';

/** `shown` is the state that the page is narrowed to. */
export function verdictBlock(
  judged: Judgement,
  targets: readonly TargetSnapshot[],
  hrefOf: (state: TargetState) => string,
  shown: TargetState | undefined,
): Html {
  const { verdict, reason, counts, urgencies } = judged;
  const isUrgent = urgencies.users_affected + urgencies.on_fallback > 0;
  const colour = verdict === 'unknown' && !isUrgent ? 'none' : URGENCY_CLASSES[worstUrgency(judged)];
  return html`<div class="verdict ${colour}"><h1>${headlineOf(judged)}</h1>${
    verdict === 'unknown'
      ? html`<p>${reason}</p>`
      : html`<ul class="counts">${STATES.filter((state) => counts[state] > 0).map((state) => html`<li><a href="${hrefOf(state)}"${state === shown ? html` aria-current="true"` : ''}>${stateWord(state, `${counts[state]} ${WORDS[state]}`)}</a></li>`)}</ul>${assumptionCounts(targets)}`
  }</div>
`;
}

/** A target that worked lately may yet not hold: what is broken of them all, and what nothing has proved. */
function assumptionCounts(targets: readonly TargetSnapshot[]): Html | string {
  const all = targets.flatMap(({ assumptions }) => assumptions);
  if (all.length === 0) return '';
  const count = (state: AssumptionState): number => all.filter((each) => each.state === state).length;
  return html`<p class="soft">Of ${all.length} assumptions: ${count('broken')} broken, ${count('unverified')} unverified.</p>`;
}
