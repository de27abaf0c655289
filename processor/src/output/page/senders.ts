/** What arrives beside the chains: unassigned calls, with a start for the configuration, and the newest span of each service. */
import { html } from 'hono/html';
import type { Snapshot } from '../../types/snapshot.ts';
import { ago } from '../duration.ts';
import { unassignedSnippet } from '../unassigned-snippet.ts';
import { type Html, when } from './marks.ts';
import { whereOf } from './matrix.ts';
import type { View } from './view.ts';

/** Services in the list; the rest is in JSON. */
const SERVICES_SHOWN = 50;

/** Nothing where every call has its chain. */
export function unassignedCalls({ unassigned, targets }: Snapshot, view: View): Html | string {
  if (unassigned.length === 0) return '';
  return html`<section>
<h2>Unassigned calls</h2>
<p class="soft">LLM calls that no chain claims. Declare a chain for them, or match them in the configuration.</p>
<table role="table" class="rows">
<caption class="unseen">Unassigned calls by model and service</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Model</th><th role="columnheader" scope="col">Service</th><th role="columnheader" scope="col" class="number">Calls</th><th role="columnheader" scope="col">Last seen</th></tr></thead>
<tbody role="rowgroup">
${unassigned.map(
  ({ service, provider, requestModel, calls, lastSeen, insteadOf }) => html`<tr role="row">
<th role="rowheader" scope="row">${requestModel ?? 'no model named'}<small>${provider ?? ''}</small>${possibleFallbackOf(insteadOf)}</th>
<td role="cell" data-label="service">${service.name}<small>${service.environment}</small></td><td role="cell" class="number" data-label="calls">${calls}</td><td role="cell" data-label="last seen">${when(lastSeen, view)}</td>
</tr>
`,
)}
</tbody>
</table>
<details><summary>A start for <code>chains:</code> in the configuration</summary>
<p>Put the targets in order, the primary first, give the chains names of your own, and say what type each fallback is.</p>
<pre tabindex="0">${unassignedSnippet(unassigned, targets)}</pre>
</details>
</section>
`;
}

function possibleFallbackOf(model: string | undefined): Html | string {
  if (model === undefined) return '';
  return html`<small>possible fallback of ${model}: it answered in place of that, and whether it did the same job is not known</small>`;
}

/** The service that has been silent longest comes first: what looks stale there may only be unseen. */
export function newestSpans({ watermarks }: Snapshot, view: View): Html | string {
  const silent = [...watermarks].sort((a, b) => a.at - b.at);
  const [oldest] = silent;
  if (oldest === undefined) return '';
  const more = silent.length - SERVICES_SHOWN;
  const all = silent.length === 1 ? 'One service sends' : `${silent.length} services send`;
  return html`<section>
<h2>Services that send spans</h2>
<details><summary>${all} spans; the longest silent was seen ${ago(oldest.at, view.now)}</summary>
<ul>
${silent.slice(0, SERVICES_SHOWN).map((watermark) => html`<li>${whereOf(watermark)}: ${when(watermark.at, view)}</li>`)}
</ul>
${more > 0 ? html`<p>and ${more} more, in <a href="/status.json">JSON</a></p>` : ''}
</details>
</section>
`;
}
