/** The page for an old link: its chain or target was retired, or never was here. */
import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { View } from './view.ts';

/** `what` is the chain or target of the link. */
export function renderMissing(what: string, view: View): Promise<string> {
  const content = html`<div class="verdict none"><h1>Nothing is known of ${what === '' ? 'it' : what}</h1><p>It was retired, belongs to another service or environment, or no span has named it yet.</p></div>
<p><a href="/">Show all chains</a></p>
`;
  return layout(
    { title: 'Not found', urgency: undefined, way: [{ name: 'Not found' }], json: '/status.json', content },
    view,
  );
}
