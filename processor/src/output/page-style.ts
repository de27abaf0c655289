/** The style sheet of the status pages and its hash for the Content-Security-Policy. No font, image or script is loaded from anywhere. */
import { createHash } from 'node:crypto';

/** Dark and light by the reader's preference; colours keep a contrast of at least 4.5 to 1 in both. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #5a6068; --paper: #fff; --line: #d9dce0; --wash: #f5f6f8;
  --fresh: #146c34; --stale: #875300; --failing: #b3201b; --never: #6a3fb5; --link: #0b57c2; --rail: #b9c0c9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a3aab3; --paper: #15171a; --line: #373c43; --wash: #1e2125;
  --fresh: #6fd08c; --stale: #f0b34d; --failing: #ff8a80; --never: #c3a6ff; --link: #8ab8ff; --rail: #545b64; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem 1.25rem 3rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); } a:focus-visible, select:focus-visible, button:focus-visible, input:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .75rem 0 .25rem; } h2 { font-size: 1.125rem; margin: 2rem 0 .25rem; overflow-wrap: anywhere; }
p { margin: .25rem 0; } .soft { color: var(--soft); } time { white-space: nowrap; }
header nav { display: flex; gap: 1rem; flex-wrap: wrap; font-size: .9rem; }
form { display: flex; gap: .75rem; flex-wrap: wrap; align-items: end; margin: 1rem 0; }
label { display: grid; gap: .125rem; font-size: .875rem; color: var(--soft); }
select, button { font: inherit; color: var(--ink); background: var(--wash); border: 1px solid var(--soft); border-radius: .375rem; padding: .25rem .5rem; max-width: 100%; }
table { width: 100%; border-collapse: collapse; margin: .5rem 0 0; } caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
table.rows { table-layout: fixed; } .rows thead th:nth-child(1) { width: 22%; } .rows thead th:nth-child(2) { width: 18%; } .rows thead th:nth-child(4) { width: 16%; }
table.matrix, table.why { table-layout: fixed; } .matrix thead th { width: 9%; } .matrix thead th:nth-child(1) { width: 17%; } .matrix thead th:nth-child(2) { width: 28%; } .matrix thead th:last-child { width: 10%; }
.why thead th:nth-child(1) { width: 24%; } .why thead th:nth-child(2) { width: 14%; }
thead th { font-size: .8125rem; font-weight: 600; color: var(--soft); border-top: 0; padding-top: 0; }
tbody th { font-weight: 600; } td small, th small { display: block; color: var(--soft); font-weight: 400; font-size: .8125rem; }
.state { white-space: nowrap; font-weight: 600; } .state svg { width: .875rem; height: .875rem; margin-right: .375rem; vertical-align: -.0625rem; }
.fresh { color: var(--fresh); } .stale { color: var(--stale); } .failing { color: var(--failing); } .never_exercised { color: var(--never); } .none, .open { color: var(--soft); font-weight: 400; } .matrix td .state { font-size: .875rem; }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; } h1 small { font-size: 1rem; font-weight: 400; } .ids code { white-space: normal; }
.verdict { border-left: .375rem solid currentColor; padding-left: .75rem; margin: 1rem 0; } .verdict p { color: var(--ink); }

.mix { display: block; width: 100%; height: 7.5rem; margin-top: .5rem; } .axis { stroke: var(--soft); stroke-width: 1; } .scale { display: flex; justify-content: space-between; color: var(--soft); font-size: .8125rem; }
rect.primary { fill: var(--rail); } rect.fallback { fill: var(--failing); } rect.cache { fill: var(--stale); } rect.heuristic { fill: var(--never); }
.legend { display: flex; gap: 1.25rem; flex-wrap: wrap; list-style: none; padding: 0; margin: .25rem 0; font-size: .875rem; } .legend svg { width: .75rem; height: .75rem; margin-right: .375rem; }
.timeline { display: block; width: 100%; margin-top: .5rem; } .timeline text { fill: var(--ink); font-size: 11px; } .timeline .even { fill: var(--soft); } .timeline .odd { fill: var(--link); } .timeline .mark { stroke: var(--fresh); stroke-width: 2; fill: none; }
details { margin: .75rem 0; } summary { cursor: pointer; }
.notice { border: 1px solid var(--failing); border-radius: .375rem; padding: .5rem .75rem; overflow-wrap: anywhere; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: .375rem; padding: .75rem; overflow-x: auto; } ul { padding-left: 1.25rem; }
.pages { display: flex; gap: 1rem; margin: 1.5rem 0; } code { font-size: .8125rem; overflow-wrap: anywhere; }
.ladder { list-style: none; margin: 0; padding: 0; } .ladder li { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 .75rem; }
.bar { width: 8rem; max-width: 60%; height: .5rem; fill: currentColor; vertical-align: baseline; margin-right: .375rem; } .bar .rail { fill: var(--line); }
h3 { font-size: 1rem; margin: 0 0 .25rem; overflow-wrap: anywhere; } h3 small { color: var(--soft); font-weight: 400; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .125rem 1rem; margin: .5rem 0 0; font-size: .875rem; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .75rem; font-size: .875rem; color: var(--soft); }
@media (max-width: 44rem) {
  table, caption, tbody, tr, td, tbody th { display: block; width: 100%; } thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tr { border-top: 1px solid var(--line); padding: .5rem 0; } td, tbody th { border: 0; padding: .125rem 0; }
  dl { grid-template-columns: 1fr; } dd { padding-bottom: .25rem; }
  .bare { display: none; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); font-size: .8125rem; }
}
`;

/** Allows this style sheet, the inline favicon and the page's own form; nothing else, and no framing. */
export const CONTENT_SECURITY_POLICY: string = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
