/** The style sheet of the status pages and its hash for the Content-Security-Policy. No font, image or script is loaded from anywhere. */
import { createHash } from 'node:crypto';

/** Dark and light by the reader's preference; words keep a contrast of at least 4.5 to 1 in both, drawings 3 to 1. */
export const STYLE = `
:root { color-scheme: light dark; scroll-padding-top: 3rem; --ink: #1c1e21; --soft: #5a6068; --paper: #fff; --line: #d9dce0; --wash: #f4f5f7;
  --fresh: #146c34; --stale: #875300; --failing: #b3201b; --never: #6a3fb5; --link: #0b57c2; --rail: #aeb6c0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a3aab3; --paper: #15171a; --line: #373c43; --wash: #1e2125;
  --fresh: #6fd08c; --stale: #f0b34d; --failing: #ff8a80; --never: #c3a6ff; --link: #8ab8ff; --rail: #59616b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: .75rem 1.25rem 3rem; max-width: 112rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); text-underline-offset: .15em; }
:is(a, select, button, input, summary, pre):focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .125rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.125rem; line-height: 1.375; margin: 2rem 0 .25rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h1 small, h3 small { font-size: .875rem; font-weight: 400; color: var(--soft); }
p { margin: .25rem 0; }
ul { padding-left: 1.25rem; }
code { font-size: .8125rem; overflow-wrap: anywhere; }
time { white-space: nowrap; }
.soft { color: var(--soft); }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }

header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; } header nav:last-child { margin-left: auto; }
header { font-size: .875rem; padding-bottom: .625rem; border-bottom: 1px solid var(--line); }
header ol { min-width: 0; display: flex; flex-wrap: wrap; list-style: none; margin: 0; padding: 0; overflow-wrap: anywhere; }
header li + li::before { content: "/"; color: var(--soft); margin: 0 .5rem; }
header nav { display: flex; gap: 1rem; min-width: 0; } header p { margin: 0; }
footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem 2rem; align-items: end; margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .75rem; font-size: .875rem; color: var(--soft); }

.verdict { border-left: .375rem solid currentColor; padding-left: .875rem; margin: 1.25rem 0 .75rem; }
.verdict p { color: var(--ink); } .verdict .soft { color: var(--soft); }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: .375rem 0 0; padding: 0; }
.counts a { text-decoration-color: currentColor; }
.counts .state { color: inherit; }
.counts a:has(.never_exercised) { color: var(--never); } .counts a:has(.failing) { color: var(--failing); } .counts a:has(.stale) { color: var(--stale); } .counts a:has(.fresh) { color: var(--fresh); }
.counts a[aria-current] { font-weight: 700; text-decoration-thickness: 3px; }
.notice { border: 1px solid var(--failing); border-radius: .375rem; padding: .5rem .75rem; overflow-wrap: anywhere; }

form { display: flex; gap: .75rem; flex-wrap: wrap; align-items: end; margin: 1rem 0 1.25rem; font-size: .875rem; }
form a { padding: .375rem 0; }
form.zone { margin: 0; } form.zone input { width: 11rem; }
label { display: grid; gap: .125rem; color: var(--soft); min-width: 0; }
select, button, input { font: inherit; height: 2.125rem; color: var(--ink); background: var(--wash); border: 1px solid var(--soft); border-radius: .375rem; padding: 0 .625rem; max-width: 100%; }
select { min-width: 7rem; } input { width: 13rem; } button { cursor: pointer; }

table { width: 100%; border-collapse: collapse; margin: .5rem 0 0; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { font-size: .8125rem; font-weight: 600; color: var(--soft); border-top: 0; padding: .375rem .75rem .375rem 0; }
tbody th { font-weight: 600; }
td small, th small { display: block; color: var(--soft); font-weight: 400; font-size: .8125rem; line-height: 1.375; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
table.rows, table.matrix, table.why { table-layout: fixed; }
.rows thead th:nth-child(1) { width: 34%; } .rows thead th:nth-child(2) { width: 34%; } .rows thead th:nth-child(3) { width: 10%; } .rows .number { padding-right: 2rem; }
.changes thead th:nth-child(1) { width: 24rem; } .changes thead th:nth-child(2) { width: 12rem; } .changes th { font-weight: 400; }
.hours { width: auto; } .hours td { padding-left: 1.5rem; } .hours th { font-weight: 400; }
.why thead th:nth-child(1) { width: 24%; } .why thead th:nth-child(2) { width: 15%; }
.urgency { margin: 1.25rem 0 0; } .urgency h2 { margin: 0; } .urgency summary h2 { display: inline; } h2 small { font-weight: 400; color: var(--soft); }
.matrix col:nth-child(1) { width: 20%; } .matrix col:nth-child(2) { width: 36%; } .matrix col:last-child { width: 10rem; }
.urgency ~ .urgency thead { position: absolute; clip-path: inset(50%); }
.matrix .chain th { padding: .625rem 0 .25rem; font-weight: 400; border-top: 1px solid var(--rail); font-size: .875rem; }
.matrix .chain h3 { display: inline; margin: 0 .5rem 0 0; font-size: 1rem; } .matrix .chain p { display: inline-block; margin: .125rem 1.5rem 0 0; } .matrix .chain small { display: inline; } .matrix .chain > th > .soft { margin-right: 1.5rem; }
.matrix tbody tr:not(.chain) th { padding-left: 1rem; } .matrix tbody tr:not(.chain) :is(td, th) { padding-top: .375rem; padding-bottom: .375rem; }
.matrix td { font-size: .875rem; } .matrix td.what small { display: inline; margin-left: .5rem; }
.matrix :is(th, h3, .primary) a, .ladder h3 a { color: var(--ink); text-decoration-color: var(--rail); } .matrix :is(th, h3, .primary) a:hover, .ladder h3 a:hover { text-decoration-color: currentColor; }
.matrix tbody th small { display: inline; margin-left: .5rem; }
.urgent { font-weight: 600; } .urgent a { font-weight: 400; }
ul.amiss { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem .5rem; } ul.amiss small { display: inline; margin-left: .375rem; }
article { max-width: 52rem; } article h2 { border-top: 1px solid var(--line); padding-top: 1rem; }

.state { display: inline-block; white-space: nowrap; font-weight: 600; font-size: .8125rem; line-height: 1.25rem; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; }
.counts .state { text-decoration: inherit; }
.state svg { width: .875rem; height: .875rem; margin-right: .375rem; vertical-align: -.0625rem; }
.fresh { color: var(--fresh); } .stale { color: var(--stale); } .failing { color: var(--failing); } .never_exercised { color: var(--never); }
.none, .open { color: var(--soft); } .state.none, .state.open { font-weight: 400; border-style: dashed; }
.marks { display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; list-style: none; margin: .375rem 0 0; padding: 0; font-size: .875rem; }

.ladder { list-style: none; margin: 0; padding: 0; }
.ladder > li { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: .25rem 2rem; border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 .625rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .125rem 1rem; margin: .25rem 0 0; font-size: .875rem; align-content: start; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.bar { width: 8rem; max-width: 60%; height: .5rem; fill: currentColor; vertical-align: baseline; margin-right: .375rem; } .bar .rail { fill: var(--line); }

.mix { display: block; width: 100%; height: 7.5rem; margin-top: .5rem; } .axis { stroke: var(--soft); stroke-width: 1; }
rect.primary { fill: var(--rail); } rect.fallback { fill: var(--link); } rect.cache { fill: var(--stale); } rect.heuristic { fill: var(--never); }
.scale { display: flex; justify-content: space-between; color: var(--soft); font-size: .8125rem; }
.legend { display: flex; gap: 1.25rem; flex-wrap: wrap; list-style: none; padding: 0; margin: .25rem 0; font-size: .875rem; } .legend svg { width: .75rem; height: .75rem; margin-right: .375rem; }
.timeline { display: grid; grid-template-columns: fit-content(40%) minmax(0, 1fr); column-gap: 1rem; margin: .5rem 0; }
.timeline ul { list-style: none; margin: 0; padding: 0; font-size: .8125rem; line-height: 24px; } .timeline li { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.timeline svg { display: block; width: 100%; overflow: visible; } .timeline .scale { grid-column: 2; }
.timeline .even { fill: var(--rail); } .timeline .odd { fill: var(--link); }
.mark path { stroke: var(--fresh); stroke-width: 2; vector-effect: non-scaling-stroke; fill: none; } .mark .dot { stroke-width: 10; stroke-linecap: round; }
details { margin: .75rem 0; } summary { cursor: pointer; width: fit-content; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: .375rem; padding: .75rem; overflow-x: auto; }
.pages { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0; }

@media (max-width: 68rem) {
  table, caption, tbody, td, tbody th { display: block; } thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tbody tr { display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; border-top: 1px solid var(--line); padding: .5rem 0; }
  td, tbody th { border: 0; padding: 0; } tbody th, td.what, .why td { flex: 1 1 100%; }
  tbody th small { display: inline; margin-left: .5rem; }
  .matrix .chain { border-top: 1px solid var(--rail); padding: .5rem 0 0; } .matrix .chain th { border: 0; padding: 0; } .matrix tbody tr:not(.chain) th { padding-left: 0; }
  .matrix tbody tr:not(.chain) :is(td, th) { padding: 0; } td.amiss:empty { display: none; }
  .bare { display: none; } .number { text-align: left; }
  td[data-label]::before { content: attr(data-label) " "; color: var(--soft); font-size: .8125rem; }
  .why td[data-label]::before { content: attr(data-label) ": "; }
  .ladder > li { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 30rem) {
  dl { grid-template-columns: minmax(0, 1fr); } dd { padding-bottom: .25rem; }
  input { width: 100%; }
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
