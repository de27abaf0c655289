/** Words that no table of the vocabulary has go in, a list of them comes out, so that the gap shows. */
import type { VocabularyTable } from '@warmspare/semconv';
import { html } from 'hono/html';
import type { Snapshot } from '../../types/snapshot.ts';
import type { Html } from './marks.ts';

/** The tables as people call them. */
const TABLES: Readonly<Record<VocabularyTable, string>> = {
  finish_reason: 'finish reason',
  operation: 'operation',
  outcome: 'outcome',
  exercise_kind: 'kind of exercise',
  route_type: 'route type',
};

/** Nothing where every word was known. */
export function unknownWords({ unknownWords: words }: Snapshot): Html | string {
  if (words.length === 0) return '';
  return html`<section>
<h2>Words that prove nothing yet</h2>
<p class="soft">Spans use these words, and Warmspare does not know what they mean. A call that ends in one counts as <code>unknown</code> and moves no state; an unknown operation is no call.</p>
<table role="table" class="rows">
<caption class="unseen">Unknown words by what they stand for</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Word</th><th role="columnheader" scope="col">Stands for</th><th role="columnheader" scope="col" class="number">Spans since the start</th></tr></thead>
<tbody role="rowgroup">
${words.map(
  ({ table, word, count }) => html`<tr role="row">
<th role="rowheader" scope="row">${word}</th>
<td role="cell" data-label="stands for">${TABLES[table]}</td><td role="cell" class="number" data-label="spans">${count}</td>
</tr>
`,
)}
</tbody>
</table>
</section>
`;
}
