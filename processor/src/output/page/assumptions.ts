/** The five assumptions of a target: as cells of the readiness matrix, by word and shape, and as a table that says why. */
import { ASSUMPTION_NAMES, type AssumptionName, type AssumptionState } from '@warmspare/semconv';
import { html, raw } from 'hono/html';
import type { AssumptionSnapshot, TargetSnapshot } from '../../types/snapshot.ts';
import { type Html, lasting } from './marks.ts';
import { sightingIds } from './sighting.ts';

/** What each assumption asks, as people say it. */
const QUESTIONS: Readonly<Record<AssumptionName, string>> = {
  available: 'Does the model answer?',
  schema: 'Does the output match the schema?',
  cache: 'Is the cache young enough?',
  breaker: 'Does the failure engage it in time?',
  capacity: 'Would it bear the load?',
};

/** A tick, a cross and a dashed ring: told apart without colour. */
const SHAPES: Readonly<Record<AssumptionState, string>> = {
  holds: '<path d="M2 8.5l4 4L14 4" fill="none" stroke="currentColor" stroke-width="3"/>',
  broken: '<path d="M2 2l12 12M14 2L2 14" stroke="currentColor" stroke-width="3"/>',
  unverified:
    '<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.1"/>',
};

const CLASSES: Readonly<Record<AssumptionState, string>> = { holds: 'fresh', broken: 'failing', unverified: 'open' };

export const ASSUMPTION_HEADERS: readonly Html[] = ASSUMPTION_NAMES.map(
  (name) => html`<th role="columnheader" scope="col" title="${QUESTIONS[name]}">${name}</th>`,
);

/** One cell a name, in the order of {@link ASSUMPTION_HEADERS}; a dash where it does not apply. */
export function assumptionCells({ assumptions }: TargetSnapshot): readonly Html[] {
  return ASSUMPTION_NAMES.map((name) => {
    const found = assumptions.find((each) => each.name === name);
    if (!found) {
      return html`<td role="cell" class="none bare"><span aria-hidden="true">–</span><span class="unseen">does not apply</span></td>`;
    }
    return html`<td role="cell" data-label="${name}" title="${found.words}">${assumptionMark(found.state)}</td>`;
  });
}

/** One entry a name that applies, for a rung of the ladder. */
export function assumptionList({ assumptions }: TargetSnapshot): Html | string {
  if (assumptions.length === 0) return '';
  return html`<ul class="marks">${assumptions.map(({ name, state, words }) => html`<li title="${words}"><span class="soft">${name}</span> ${assumptionMark(state)}</li>`)}</ul>`;
}

/** The table of a target's page. */
export function assumptionTable(assumptions: readonly AssumptionSnapshot[], now: number): Html | string {
  if (assumptions.length === 0) return '';
  return html`<h2>What must hold when it engages</h2>
<table role="table" class="why">
<caption class="unseen">Assumptions, why each is in its state and what would change it</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Assumption</th><th role="columnheader" scope="col">State</th><th role="columnheader" scope="col">Why</th><th role="columnheader" scope="col">What would change it</th></tr></thead>
<tbody role="rowgroup">
${assumptions.map(
  ({ name, state, since, words, by, remedy }) => html`<tr role="row">
<th role="rowheader" scope="row">${name}<small>${QUESTIONS[name]}</small></th>
<td role="cell">${assumptionMark(state)}<small>for ${lasting(since, now)}</small></td>
<td role="cell">${sentence(words)}${by === undefined ? '' : html`<small>${sightingIds(by)}</small>`}</td>
<td role="cell" data-label="What would change it">${state === 'holds' ? html`<span class="soft">nothing needed</span>` : sentence(remedy)}</td>
</tr>
`,
)}
</tbody>
</table>
`;
}

function assumptionMark(state: AssumptionState): Html {
  return html`<span class="state ${CLASSES[state]}"><svg viewBox="0 0 16 16" aria-hidden="true">${raw(SHAPES[state])}</svg>${state}</span>`;
}

/** A sentence from words in which backticks set off what stands in a configuration. */
function sentence(words: string): readonly (Html | string)[] {
  const parts = `${words[0]?.toUpperCase()}${words.slice(1)}.`.split('`');
  return parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`));
}
