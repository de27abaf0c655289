/** The alert that a team would have, as PromQL, and which series of the service's /metrics it fires for. It reads what Prometheus would scrape. */
import {
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_STATE,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_TARGET_STATUS,
  METRICS,
  prometheusLabelName,
} from '@warmspare/semconv';

const STATUS = seriesName(METRIC_LLM_FALLBACK_TARGET_STATUS);
const CALLS = seriesName(METRIC_LLM_FALLBACK_CALLS);
const STATE = prometheusLabelName(ATTR_LLM_FALLBACK_TARGET_STATE);
const BAD_STATES = ['never_exercised', 'failing', 'stale'];

export const ALERT: string = `${STATUS}{${STATE}=~"${BAD_STATES.join('|')}"} == 1`;

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One line for each series that the alert fires for. */
export async function firing(admin: string): Promise<readonly string[]> {
  return (await scrape(admin))
    .filter(({ name, labels, value }) => name === STATUS && BAD_STATES.includes(labels[STATE] ?? '') && value === 1)
    .map(({ labels }) => {
      const chain = labels[prometheusLabelName(ATTR_LLM_FALLBACK_CHAIN_NAME)];
      const target = labels[prometheusLabelName(ATTR_LLM_FALLBACK_TARGET_NAME)];
      return `${chain} / ${target}: ${labels[STATE]}`;
    });
}

/** Resolves once the service has counted this many attempts: spans travel in batches. */
export async function untilCounted(admin: string, attempts: number): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const counted = (await scrape(admin))
      .filter(({ name }) => name === CALLS)
      .reduce((sum, { value }) => sum + value, 0);
    if (counted >= attempts) return;
    if (Date.now() > deadline) throw new Error(`the service counted ${counted} of ${attempts} attempts`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function scrape(admin: string): Promise<readonly Sample[]> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', label = '']) => [key, label]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}

function seriesName(metric: string): string {
  return METRICS.find(({ name }) => name === metric)?.prometheusName ?? metric;
}
