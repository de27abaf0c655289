/** The targets that want a drill most, with the command that drills each. */
import { html } from 'hono/html';
import type { Snapshot } from '../../types/snapshot.ts';
import { dueTargets } from '../due.ts';
import type { Html } from './view.ts';

/** The rest is in JSON. */
const SHOWN = 3;

/** Nothing where no target is due. */
export function drillNext(snapshot: Snapshot): Html | string {
  const due = dueTargets(snapshot);
  if (due.length === 0) return '';
  const more = due.length - SHOWN;
  return html`<section>
<h2>Drill next</h2>
<ol>
${due.slice(0, SHOWN).map(
  ({
    chain,
    target,
    reason,
    command,
  }) => html`<li><strong>${target}</strong> of ${chain}: ${reason}<pre tabindex="0">${command}</pre></li>
`,
)}
</ol>
${more > 0 ? html`<p>and ${more} more, in <a href="/api/due">JSON</a></p>` : ''}
</section>
`;
}
