/** `warmspare explain`: why a target is in its state, the evidence with trace ids, and what would change it. */
import { shownDocument, shownText } from '../base/shown-text.ts';
import type { Options } from './command-line.ts';
import { explanation } from './explanation.ts';
import type { ExitCode, Io } from './io.ts';
import { whatElse } from './rows-near.ts';
import { askStatus, exitCodeOf } from './status.ts';
import { fit, paint, type Style, styleOf } from './terminal.ts';

const PLACES = ['service', 'namespace', 'environment'] as const;

/** The exit codes of `status --strict`: 0 every row is fresh and nothing is broken, 1 some are not, 2 cannot tell. */
export async function explain(options: Options, io: Io): Promise<ExitCode> {
  const { chain, target } = options;
  if (typeof chain !== 'string' || typeof target !== 'string') {
    io.stderr.write('warmspare: explain wants --chain and --target; warmspare status lists them\n');
    return 2;
  }
  const query = new URLSearchParams({ chain, target });
  for (const key of PLACES) {
    const value = options[key];
    if (typeof value === 'string') query.set(key, value);
  }
  const document = await askStatus(`/status.json?${query}`, options, io);
  if (!document) return 2;
  const { targets } = document;
  if (targets.length === 0) {
    const all = await askStatus('/status.json', options, io);
    if (all) io.stderr.write(`warmspare: ${shownText(whatElse(all.targets, options))}\n`);
    return 2;
  }
  if (options.json === true) io.stdout.write(`${JSON.stringify(targets, null, 2)}\n`);
  else {
    const style = styleOf(io);
    const shown = shownDocument(document);
    io.stdout.write(shown.targets.map((each) => dressed(explanation(each, shown), style)).join('\n'));
  }
  const flags = PLACES.filter((key) => new Set(targets.map((each) => each[key])).size > 1).map((key) => `--${key}`);
  if (flags.length > 0) {
    io.stderr.write(`warmspare: ${targets.length} rows have these names; ${flags.join(', ')} picks one\n`);
  }
  return exitCodeOf(document, true);
}

const CODES: Readonly<Record<string, number>> = { '✓': 32, '✗': 31, '○': 35 };

/** Within the terminal's width, what it is about bold, the signs in their colours. */
function dressed(text: string, style: Style): string {
  return fit(text, style)
    .replace(/^.+/, (head) => paint(head, 1, style))
    .replaceAll(/^( *)([✓✗○])/gm, (_, indent: string, sign: string) => indent + paint(sign, CODES[sign] ?? 0, style));
}
