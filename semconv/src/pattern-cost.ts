/**
 * A regular expression that a stranger wrote in, the most steps that a backtracking engine can take on a text of some length out, so that
 * none runs that could hold an event loop. An estimate from above: what it cannot tell is `Infinity`. Pure.
 */

/** Longer ones are not looked at. */
const MAX_PATTERN = 1_024;

/** Steps at most for `new RegExp(pattern).test(text)` on texts of up to `length` characters. */
export function patternCost(pattern: string, length: number): number {
  if (pattern.length > MAX_PATTERN) return Number.POSITIVE_INFINITY;
  // Classes and escapes match one character: what stands in them is no operator.
  if (/\\(?:[1-9]|k<)/.test(pattern)) return Number.POSITIVE_INFINITY;
  const plain = pattern.replace(/\\(?:[pPu]\{[^}]*\}|.)/gs, 'x').replace(/\[[^\]]*\]/g, 'x');
  const anchored = plain.startsWith('^') && !plain.includes('|');
  let unbounded = anchored ? 0 : 1;
  let choices = 1;
  /** Of each open group: whether something inside can match in several ways. */
  const groups: boolean[] = [];
  let closed = false;
  for (let at = 0; at < plain.length; at += 1) {
    const char = plain[at];
    const before = closed;
    closed = false;
    if (char === '(') {
      groups.push(false);
      // The mark of a group's kind is no quantifier.
      if (plain[at + 1] === '?') at += 1;
    } else if (char === ')') {
      closed = groups.pop() ?? false;
      if (closed && groups.length > 0) groups[groups.length - 1] = true;
    } else if (char === '|') {
      choices *= 2;
      markOpen(groups);
    } else if (char === '*' || char === '+' || char === '?' || char === '{') {
      const many = /^\{(\d+)(,?)(\d*)\}/.exec(plain.slice(at));
      if (char === '{' && many === null) continue;
      const [whole = char, least, comma, most] = many ?? [];
      // The group before is repeated, and one repetition can match in several ways: exponential.
      if (before && char !== '?') return Number.POSITIVE_INFINITY;
      const exact = many !== null && (comma === '' || least === most);
      if (char === '?') choices *= 2;
      else if (!exact) unbounded += 1;
      if (!exact) markOpen(groups);
      at += whole.length - 1;
      // A lazy quantifier's mark.
      if (plain[at + 1] === '?') at += 1;
    }
  }
  return choices * Math.max(length, 2) ** unbounded * pattern.length;
}

function markOpen(groups: boolean[]): void {
  if (groups.length > 0) groups[groups.length - 1] = true;
}
