/** The five assumptions of a target: what does not hold as a list, by word and shape, and all of them as a table that says why. */
import type { AssumptionName, AssumptionState } from '@warmspare/semconv';
import { html, raw } from 'hono/html';
import type { AssumptionSnapshot, TargetSnapshot } from '../../types/snapshot.ts';
import { type Html, lasting } from './marks.ts';
import { sightingIds, type View } from './view.ts';

/** What each assumption asks, as people say it. */
const QUESTIONS: Readonly<Record<AssumptionName, string>> = {
  available: 'Does the model answer?',
  schema: 'Does the output match the schema?',
  cache: 'Is the cache young enough?',
  breaker: 'Does a failure engage it in time?',
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

/** Only what is broken, with why, and what nothing has proved. */
export function assumptionsAmiss({ assumptions }: TargetSnapshot): Html | string {
  const amiss = assumptions.filter(({ state }) => state !== 'holds');
  if (amiss.length === 0) return '';
  const ordered = [...amiss].sort((a, b) => Number(a.state !== 'broken') - Number(b.state !== 'broken'));
  return html`<ul class="amiss">${ordered.map(
    ({ name, state, words }) =>
      html`<li title="${words}">${assumptionMark(state, `${name} ${state}`)}${state === 'broken' ? html`<small>${words.replaceAll('`', '')}</small>` : ''}</li>`,
  )}</ul>`;
}

/** One entry for each assumption that applies to a target of a chain's page. */
export function assumptionList({ assumptions }: TargetSnapshot): Html | string {
  if (assumptions.length === 0) return '';
  return html`<ul class="marks">${assumptions.map(({ name, state, words }) => html`<li title="${words}"><span class="soft">${name}</span> ${assumptionMark(state)}</li>`)}</ul>`;
}

/** The table of a target's page. */
export function assumptionTable(assumptions: readonly AssumptionSnapshot[], view: View): Html | string {
  if (assumptions.length === 0) return '';
  return html`<h2>What must hold when it engages</h2>
<table role="table" class="why">
<caption class="unseen">Assumptions, why each is in its state and what would change it</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Assumption</th><th role="columnheader" scope="col">State</th><th role="columnheader" scope="col">Why</th><th role="columnheader" scope="col">What would change it</th></tr></thead>
<tbody role="rowgroup">
${assumptions.map(
  ({ name, state, since, words, by, remedy }) => html`<tr role="row">
<th role="rowheader" scope="row">${name}<small>${QUESTIONS[name]}</small></th>
<td role="cell">${assumptionMark(state)}<small>for ${lasting(since, view)}</small></td>
<td role="cell">${sentence(words)}${by === undefined ? '' : html`<small>${sightingIds(by, view)}</small>`}</td>
<td role="cell" data-label="What would change it">${state === 'holds' ? html`<span class="soft">nothing needed</span>` : sentence(remedy)}</td>
</tr>
`,
)}
</tbody>
</table>
`;
}

function assumptionMark(state: AssumptionState, words: string = state): Html {
  return html`<span class="state ${CLASSES[state]}"><svg viewBox="0 0 16 16" aria-hidden="true">${raw(SHAPES[state])}</svg>${words}</span>`;
}

/** A sentence from words in which backticks set off what stands in a configuration. */
function sentence(words: string): readonly (Html | string)[] {
  const parts = `${words[0]?.toUpperCase()}${words.slice(1)}.`.split('`');
  return parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`));
}
