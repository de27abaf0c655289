/** The state changes of a target go in, a table of them comes out: when, into which state, and why. */
import { html } from 'hono/html';
import { stateChanges } from '../../analysis/turns.ts';
import type { TargetSnapshot } from '../../types/snapshot.ts';
import { changeReason } from '../sentence.ts';
import { type Html, stateWord, whenExactly } from './marks.ts';
import { sightingIds, type View } from './view.ts';

/** Nothing where the target has no state. */
export function changesTable(target: TargetSnapshot, view: View): Html | string {
  if (target.state === undefined) return '';
  const changes = stateChanges(target, view.now);
  return html`<h2>State changes <small>${changes.length}</small></h2>
<table role="table" class="changes">
<caption class="unseen">State changes, the newest first</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">When</th><th role="columnheader" scope="col">State</th><th role="columnheader" scope="col">Why</th></tr></thead>
<tbody role="rowgroup">
${changes.map(
  (change) => html`<tr role="row">
<th role="rowheader" scope="row">${whenExactly(change.at, view)}</th>
<td role="cell">${stateWord(change.state)}</td>
<td role="cell">${changeReason(change, target)}${change.by === undefined ? '' : html` ${sightingIds(change.by, view)}`}</td>
</tr>
`,
)}
</tbody>
</table>
`;
}
