/** Times of the week, as people write them, in; whether a moment is within one of them out. `Mon-Fri 09:00-16:00 Europe/Berlin`. */

/** One window of the week. */
export interface Window {
  /** 0 is Sunday. */
  readonly days: ReadonlySet<number>;
  /** Minutes of the day; `until` may be before `from`: past midnight. */
  readonly from: number;
  readonly until: number;
  readonly zone: string;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const FORM = /^([A-Za-z,-]+)\s+(\d{2}):(\d{2})-(\d{2}):(\d{2})(?:\s+(\S+))?$/;

/** Throws a TypeError that says how to write it. The zone is UTC where it is left out. */
export function readWindow(text: string): Window {
  const wrong = (): TypeError =>
    new TypeError(`${JSON.stringify(text)} is no window: write for example "Mon-Fri 09:00-16:00 Europe/Berlin"`);
  const [, days = '', h1, m1, h2, m2, zone = 'UTC'] = FORM.exec(text.trim()) ?? [];
  const from = Number(h1) * 60 + Number(m1);
  const until = Number(h2) * 60 + Number(m2);
  if (!(from < 1_440 && until <= 1_440 && Number(m1) < 60 && Number(m2) < 60) || !isZone(zone)) throw wrong();
  return { days: new Set(days.split(',').flatMap((part) => daysIn(part, wrong))), from, until, zone };
}

/** `at`: epoch ms. */
export function isWithin({ days, from, until, zone }: Window, at: number): boolean {
  const { day, minute } = clockIn(zone, at);
  if (from < until) return days.has(day) && minute >= from && minute < until;
  const yesterday = (day + 6) % 7;
  return (days.has(day) && minute >= from) || (days.has(yesterday) && minute < until);
}

function daysIn(part: string, wrong: () => TypeError): readonly number[] {
  const [first, last = first, ...more] = part.split('-').map((name) => DAYS.indexOf(name));
  if (first === undefined || last === undefined || first < 0 || last < 0 || more.length > 0) throw wrong();
  const length = ((last - first + 7) % 7) + 1;
  return Array.from({ length }, (_, index) => (first + index) % 7);
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function clockIn(zone: string, at: number): { readonly day: number; readonly minute: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return { day: DAYS.indexOf(part('weekday')), minute: Number(part('hour')) * 60 + Number(part('minute')) };
}
