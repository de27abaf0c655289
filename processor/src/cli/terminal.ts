/** What a command writes to goes in, with which colours and within which width to write comes out; and texts are made to fit. */
import type { Io } from './io.ts';

/** How to draw. Without `columns` nothing is wrapped, so that a pipe gets one line a row. */
export interface Style {
  readonly colour: boolean;
  readonly columns: number | undefined;
}

/** `COLUMNS` speaks for a terminal that is not seen: `watch` sets it for what it runs. */
export function styleOf({ env, stdout }: Pick<Io, 'env' | 'stdout'>): Style {
  const told = Number(env.COLUMNS);
  const columns = stdout.columns ?? (Number.isInteger(told) && told > 0 ? told : undefined);
  return { colour: usesColour({ env, stdout }), columns };
}

/** https://no-color.org: any value but an empty one. FORCE_COLOR is for CI logs that show colours without a terminal. */
function usesColour({ env, stdout }: Pick<Io, 'env' | 'stdout'>): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined && forced !== '' && forced !== '0') return true;
  return stdout.isTTY && env.TERM !== 'dumb';
}

/** `code`: of ECMA-48, such as 31 for red. */
export const paint = (text: string, code: number, { colour }: Style): string =>
  colour ? `\u001b[${code}m${text}\u001b[0m` : text;

/** Lines of at most `width`, but for a word that is longer by itself. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line.trimEnd());
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Every line within the columns; what is too long goes on below, a little further in. */
export function fit(text: string, { columns }: Style): string {
  if (columns === undefined) return text;
  return text
    .split('\n')
    .flatMap((line) => {
      const words = line.trimStart();
      const indent = line.length - words.length;
      const [first = '', ...more] = wrap(words, columns - indent - 2);
      return [' '.repeat(indent) + first, ...more.map((each) => ' '.repeat(indent + 2) + each)];
    })
    .join('\n');
}
