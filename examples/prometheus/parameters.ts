/** A team's YAML in, the parameters of the rules out; what it does not name is as in {@link DEFAULTS}. Throws for what is no parameter. */
import { parse } from 'yaml';

/** What differs from team to team. Durations as Prometheus writes them. */
export interface Parameters {
  /** The scrape job of Warmspare. */
  readonly job: string;
  /** How long failed scrapes are bridged. */
  readonly gap: string;
  /** How far back an event still alerts. */
  readonly window: string;
  /** How long a bad state must last. */
  readonly settle: string;
  /** How long after its declaration a target may stay without a first run. */
  readonly unexercised: string;
  /** How long a service may send nothing; a shorter maximum age of one of its targets is the bound instead. */
  readonly silence: string;
  /** The share of a chain's answers, over a day, that may come from elsewhere than the primary. */
  readonly share: number;
  /** Where the runbooks are; the alert's name in lower case follows as an anchor. */
  readonly runbooks: string;
  /** Whose services the rules are about: attributes of the service to values, `~` before one makes it a regular expression. */
  readonly services: Readonly<Record<string, string>>;
  /** Labels that every alert gets, such as a team to route it to. */
  readonly labels: Readonly<Record<string, string>>;
}

export const DEFAULTS: Parameters = {
  job: 'warmspare',
  gap: '10m',
  window: '15m',
  settle: '5m',
  unexercised: '1h',
  silence: '1h',
  share: 0.1,
  runbooks: 'https://github.com/warmspare/warmspare/blob/main/examples/prometheus/runbooks.md',
  services: {},
  labels: {},
};

/** One message names every problem. */
export function readParameters(text: string): Parameters {
  const given: unknown = parse(text) ?? {};
  if (!isMapping(given)) throw new Error('the parameters must be a YAML mapping');
  const problems = Object.entries(given).flatMap(([key, value]) => problemOf(key, value));
  if (problems.length > 0) throw new Error(problems.join('; '));
  return { ...DEFAULTS, ...given };
}

const DURATIONS = ['gap', 'window', 'settle', 'unexercised', 'silence'];

function problemOf(key: string, value: unknown): string[] {
  if (!(key in DEFAULTS)) return [`there is no parameter ${key}; there are ${Object.keys(DEFAULTS).join(', ')}`];
  if (DURATIONS.includes(key)) return isDuration(value) ? [] : [`${key} must be a duration such as 15m`];
  if (key === 'share')
    return typeof value === 'number' && value > 0 && value < 1 ? [] : ['share must be between 0 and 1'];
  if (key === 'services' || key === 'labels') {
    const isNames = isMapping(value) && Object.values(value).every((each) => typeof each === 'string');
    return isNames ? [] : [`${key} must be a mapping of names to texts`];
  }
  return typeof value === 'string' ? [] : [`${key} must be a text`];
}

/** Of a duration as Prometheus writes it, of one unit. */
export function seconds(duration: string): number {
  const [, count, unit] = DURATION.exec(duration) ?? [];
  const factor = { s: 1, m: 60, h: 3600, d: 86_400 }[unit ?? ''];
  if (factor === undefined) throw new Error(`not a duration: ${duration}`);
  return Number(count) * factor;
}

const DURATION = /^(\d+)([smhd])$/;
const isDuration = (value: unknown): boolean => typeof value === 'string' && DURATION.test(value);
const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
