/** Counters in the Prometheus text format in, their samples out: as much of the format as `/metrics` of this service uses. */

/** One sample: its labels and its value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All samples of one metric in a text. */
function samplesOf(text: string, metric: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith(`${metric}{`)) return [];
    const labels: Record<string, string> = {};
    for (const [, name = '', value = ''] of line.matchAll(LABEL)) labels[name] = unescaped(value);
    const value = Number(
      line
        .slice(line.lastIndexOf('}') + 1)
        .trim()
        .split(' ')[0],
    );
    return [{ labels, value }];
  });
}

/** What each series grew by between two texts; series that did not grow are left out. */
export function growthOf(before: string, after: string, metric: string): readonly Sample[] {
  const known = new Map(samplesOf(before, metric).map(({ labels, value }) => [JSON.stringify(labels), value]));
  return samplesOf(after, metric).flatMap(({ labels, value }) => {
    const grown = value - (known.get(JSON.stringify(labels)) ?? 0);
    return grown > 0 ? [{ labels, value: grown }] : [];
  });
}

const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, each: string) => (each === 'n' ? '\n' : each));
