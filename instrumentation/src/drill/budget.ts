/** What may be spent in a day on answers that nobody asked for. Days are those of UTC. */

/** Counts what is spent. */
export interface Budget {
  /** Whether anything is left; `now` in epoch ms. */
  isLeft(now: number): boolean;
  /** Amounts of other currencies are not counted. */
  spend(amount: number, currency: string, now: number): void;
}

const FORM = /^(\d+(?:\.\d+)?)\s+([A-Z]{3})\/day$/;
const DAY = 86_400_000;

/** `1 USD/day`; without a text there is no limit. Throws a TypeError that says how to write it. */
export function createBudget(text: string | undefined): Budget {
  if (text === undefined) return { isLeft: () => true, spend: () => {} };
  const [, limit, currency] = FORM.exec(text.trim()) ?? [];
  if (limit === undefined) {
    throw new TypeError(`${JSON.stringify(text)} is no budget: write for example "1 USD/day"`);
  }
  let day = 0;
  let spent = 0;
  const turn = (now: number): void => {
    const today = Math.floor(now / DAY);
    if (today !== day) spent = 0;
    day = today;
  };
  return {
    isLeft(now) {
      turn(now);
      return spent < Number(limit);
    },
    spend(amount, paid, now) {
      turn(now);
      if (paid === currency) spent += amount;
    },
  };
}
