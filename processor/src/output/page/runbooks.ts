/** The runbooks' Markdown goes in, their page comes out: the few forms that they use, everything else as text. */
import { html } from 'hono/html';
import { layout } from './layout.ts';
import { RUNBOOKS } from './runbooks-text.ts';
import type { Html, View } from './view.ts';

/** The page at `/runbooks`; each alert's name in lower case is an anchor. */
export function renderRunbooks(view: View): Promise<string> {
  const [, ...blocks] = blocksOf(RUNBOOKS);
  const names = [...RUNBOOKS.matchAll(/^## (.+)$/gm)].map(([, name = '']) => name);
  const content = html`<h1>Runbooks</h1>
<ul class="counts">${names.map((name) => html`<li><a href="#${name.toLowerCase()}">${name}</a></li>`)}</ul>
<article>${blocks.map(blockHtml)}</article>`;
  return layout(
    { title: 'Runbooks', urgency: undefined, way: [{ name: 'Runbooks' }], json: '/status.json', content },
    view,
  );
}

/** Paragraphs, headings and fenced code. */
function blocksOf(markdown: string): readonly string[] {
  return markdown
    .split(/^(```[\s\S]*?^```)$/m)
    .flatMap((part) => (part.startsWith('```') ? [part] : part.split(/\n{2,}/)))
    .map((block) => block.trim())
    .filter((block) => block !== '');
}

function blockHtml(block: string): Html {
  if (block.startsWith('```')) {
    const code = block.split('\n').slice(1, -1).join('\n');
    return html`<pre tabindex="0">${code}</pre>
`;
  }
  const name = /^## (.+)$/.exec(block)?.[1];
  if (name !== undefined) {
    return html`<h2 id="${name.toLowerCase()}">${name}</h2>
`;
  }
  return html`<p>${inline(block.replaceAll('\n', ' '))}</p>
`;
}

/** `**strong**` and `` `code` ``. */
function inline(text: string): readonly (Html | string)[] {
  return text.split(/(\*\*.+?\*\*|`[^`]+`)/).map((part) => {
    if (part.startsWith('**')) return html`<strong>${part.slice(2, -2)}</strong>`;
    return part.startsWith('`') ? html`<code>${part.slice(1, -1)}</code>` : part;
  });
}
