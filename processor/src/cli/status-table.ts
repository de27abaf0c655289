/** A status document goes in, a table for a terminal comes out: state by word and sign, colour only on top. */
import type { StatusDocument, StatusTarget } from '../output/status-json.ts';
import { worstFirst } from '../output/worst-first.ts';
import { paint, type Style, wrap } from './terminal.ts';

type State = NonNullable<StatusTarget['state']>;

const SIGNS: Readonly<Record<State, { sign: string; word: string; code: number }>> = {
  never_exercised: { sign: '○', word: 'never exercised', code: 35 },
  failing: { sign: '✗', word: 'failing', code: 31 },
  stale: { sign: '◔', word: 'stale', code: 33 },
  fresh: { sign: '●', word: 'fresh', code: 32 },
};

/** The chains with their ladders, worst first, then one line that sums up. */
export function statusTable(document: StatusDocument, style: Style): string {
  const chains = Map.groupBy(document.targets, keyOf);
  const nameWidth = Math.min(32, Math.max(6, ...document.targets.map((target) => nameOf(target).length)));
  const typeWidth = 'heuristic'.length;
  const lines: string[] = [];
  for (const targets of worstFirst(chains.values())) {
    lines.push(...headingOf(targets).map((heading) => paint(heading, 1, style)));
    for (const target of targets) {
      const lead = `  ${nameOf(target).padEnd(nameWidth)}  ${target.route_type.padEnd(typeWidth)}  `;
      lines.push(...row(lead, target, style), ...brokenOf(target, style));
    }
    lines.push('');
  }
  if (document.unassigned.length > 0) {
    const calls = document.unassigned.reduce((sum, entry) => sum + entry.calls, 0);
    lines.push(`${calls} LLM call${calls === 1 ? '' : 's'} of no known chain (status --json lists them).`);
  }
  for (const problem of document.problems) lines.push(`Warmspare itself: ${problem}`);
  lines.push(document.reason);
  return `${lines.join('\n')}\n`;
}

const keyOf = ({ chain, service, namespace, environment }: StatusTarget): string =>
  JSON.stringify([chain, service, namespace, environment]);

function headingOf([first]: readonly StatusTarget[]): string[] {
  if (first === undefined) return [];
  const { chain, service, namespace, environment } = first;
  const where = [service, namespace && `namespace ${namespace}`, environment].filter(Boolean).join(', ');
  const name = first.overflow ? 'past the cap on rows' : chain;
  return [where === '' ? name : `${name}  (${where})`];
}

/** The row that stands for all others has no name of its own. */
const nameOf = ({ target, overflow }: StatusTarget): string => (overflow ? 'all others' : target);

/** A target may be fresh and yet not hold: each broken assumption has a line of its own. */
function brokenOf({ assumptions }: StatusTarget, style: Style): string[] {
  const broken = assumptions.filter(({ state }) => state === 'broken');
  return broken.flatMap(({ name, words }) => {
    const [first = '', ...more] = wrap(`${name} broken: ${words}`, (style.columns ?? Number.POSITIVE_INFINITY) - 6);
    return [
      `    ${paint(SIGNS.failing.sign, SIGNS.failing.code, style)} ${first}`,
      ...more.map((line) => `      ${line}`),
    ];
  });
}

function row(lead: string, { state, undeclared, overflow, sentence }: StatusTarget, style: Style): string[] {
  const sign = state === undefined ? undefined : SIGNS[state];
  const plain = `${sign?.sign ?? '·'} ${(sign?.word ?? (undeclared ? 'undeclared' : overflow ? 'overflow' : '')).padEnd('never exercised'.length)}`;
  const indent = lead.length + plain.length + 2;
  const room = style.columns === undefined ? Number.POSITIVE_INFINITY : style.columns - indent;
  const shown = sign === undefined ? plain : paint(plain, sign.code, style);
  // Too narrow for a column of its own: the sentence goes below, where it can still be read.
  if (room < 24)
    return [lead + shown.trimEnd(), ...wrap(sentence, (style.columns ?? 80) - 4).map((line) => `    ${line}`)];
  const [first = '', ...more] = wrap(sentence, room);
  return [`${lead}${shown}  ${first}`, ...more.map((line) => ' '.repeat(indent) + line)];
}
