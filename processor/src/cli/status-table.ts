/** A status document goes in, a table for a terminal comes out: state by word and sign, colour only on top. */
import type { StatusChain, StatusDocument, StatusTarget } from '../output/status-json.ts';
import { paint, type Style, wrap } from './terminal.ts';

type State = NonNullable<StatusTarget['state']>;

const SIGNS: Readonly<Record<State, { sign: string; word: string; code: number }>> = {
  never_exercised: { sign: '○', word: 'never exercised', code: 35 },
  failing: { sign: '✗', word: 'failing', code: 31 },
  stale: { sign: '◔', word: 'stale', code: 33 },
  fresh: { sign: '●', word: 'fresh', code: 32 },
};

/** Chains that are fine, of which so many are shown with their targets; the others are counted. */
const FINE_SHOWN = 5;

/** The chains with their targets, most urgent first as the service has them, then one line that sums up. */
export function statusTable(document: StatusDocument, style: Style): string {
  const byChain = Map.groupBy(document.targets, keyOf);
  const urgencies = new Map(document.chains.map((chain) => [keyOf(chain), chain]));
  const groups = [...byChain].map(([key, targets]) => ({ targets, chain: urgencies.get(key) }));
  const fine = groups.filter(({ chain }) => chain?.urgency === 'fine');
  const folded = new Set(fine.slice(FINE_SHOWN));
  const shown = groups.filter((group) => !folded.has(group));
  const names = shown.flatMap(({ targets }) => targets.map((target) => nameOf(target).length));
  const nameWidth = Math.min(32, Math.max(6, ...names));
  const typeWidth = 'heuristic'.length;
  const lines: string[] = [];
  for (const { targets, chain } of shown) {
    lines.push(...headingOf(targets, chain, style));
    for (const target of targets) {
      const lead = `  ${nameOf(target).padEnd(nameWidth)}  ${target.route_type.padEnd(typeWidth)}  `;
      lines.push(...row(lead, target, style), ...brokenOf(target, style));
    }
    lines.push('');
  }
  if (folded.size > 0) {
    const chains = folded.size === 1 ? 'chain is' : 'chains are';
    lines.push(`${folded.size} more ${chains} fine (--chain NAME shows one, --json all).`, '');
  }
  if (document.unassigned.length > 0) {
    const calls = document.unassigned.reduce((sum, entry) => sum + entry.calls, 0);
    lines.push(`${calls} unassigned LLM call${calls === 1 ? '' : 's'} (status --json lists them).`);
  }
  for (const problem of document.problems) lines.push(`Warmspare itself: ${problem}`);
  lines.push(document.reason);
  return `${lines.join('\n')}\n`;
}

const keyOf = ({ chain, service, namespace, environment }: StatusTarget | StatusChain): string =>
  JSON.stringify([chain, service, namespace, environment]);

const URGENT: Readonly<Partial<Record<StatusChain['urgency'], number>>> = { users_affected: 31, on_fallback: 33 };

/** What is urgent stands below the name: what would not hold stands in the rows. */
function headingOf(
  [first]: readonly StatusTarget[],
  standing: StatusChain | undefined,
  style: Style,
): readonly string[] {
  if (first === undefined) return [];
  const { chain, service, namespace, environment } = first;
  const where = [service, namespace && `namespace ${namespace}`, environment].filter(Boolean).join(', ');
  const name = first.overflow ? 'past the cap on rows' : chain;
  const heading = paint(where === '' ? name : `${name}  (${where})`, 1, style);
  const code = standing && URGENT[standing.urgency];
  if (standing === undefined || code === undefined) return [heading];
  const lines = wrap(`! ${standing.sentence}`, (style.columns ?? Number.POSITIVE_INFINITY) - 2);
  return [heading, ...lines.map((line) => `  ${paint(line, code, style)}`)];
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

function row(lead: string, target: StatusTarget, style: Style): string[] {
  const { undeclared, overflow, sentence } = target;
  // A primary has no state, but it can fail.
  const state = target.failing ? 'failing' : target.state;
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
