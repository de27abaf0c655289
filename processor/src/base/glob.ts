/** A pattern in, a test of texts out: `*` is any run of characters, `?` any one; all else stands for itself. */

/** Characters of a text that are looked at: what a longer text says behind them matches a `*` at the pattern's end and nothing else. */
export const GLOB_LENGTH = 1024;

const STAR = 42;
const QUESTION_MARK = 63;

/** The time that a test takes grows with the text's length, never with a power of it. */
export function glob(pattern: string): (text: string) => boolean {
  if (isLiteral(pattern)) return (text) => text === pattern;
  const isOpen = pattern.endsWith('*');
  const prefix = pattern.slice(0, -1);
  // Most patterns: no walk along the text.
  if (isOpen && isLiteral(prefix)) return (text) => text.startsWith(prefix);
  return (text) => (text.length <= GLOB_LENGTH || isOpen) && matches(pattern, text, Math.min(text.length, GLOB_LENGTH));
}

/** Whether only one text fits the pattern. */
export function isLiteral(pattern: string): boolean {
  return !/[*?]/.test(pattern);
}

/** How much a pattern spells out: of two that fit a text, the one with the greater number says more of it. */
export function literalLength(pattern: string): number {
  const wildcards = pattern.match(/[*?]/g)?.length ?? 0;
  return wildcards === 0 ? pattern.length + 1 : pattern.length - wildcards;
}

/** Where the characters after the last `*` do not fit, that `*` takes one character more: no earlier one has to be tried again. */
function matches(pattern: string, text: string, end: number): boolean {
  let place = 0;
  let at = 0;
  let afterStar = -1;
  let starEnd = 0;
  while (at < end) {
    const wanted = pattern.charCodeAt(place);
    if (wanted === STAR) {
      place++;
      afterStar = place;
      starEnd = at;
    } else if (wanted === QUESTION_MARK || wanted === text.charCodeAt(at)) {
      place++;
      at++;
    } else if (afterStar >= 0) {
      place = afterStar;
      starEnd++;
      at = starEnd;
    } else return false;
  }
  while (pattern.charCodeAt(place) === STAR) place++;
  return place === pattern.length;
}
