/** What other instrumentations really send, through a configured chain: which spans are calls, whose they are, how they ended. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_GEN_AI_TOKEN_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_TOKENS,
} from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { createProtobufReader } from '../receive/protobuf.ts';
import { policy, start } from '../testdata/world.ts';

const root = fileURLToPath(new URL('../../../test/fixtures', import.meta.url));

interface Call {
  readonly leafSpanId: string | null;
  readonly attemptSpanIds?: readonly string[];
  readonly expectedRoute: string;
  readonly visible: { readonly outcome: string | null; readonly inputTokens: number | null };
}

interface Expected {
  readonly chain: { readonly primary: string; readonly fallbacks: readonly string[] };
  readonly scenarios: Readonly<Record<string, { readonly calls: readonly Call[] }>>;
}

const scenarios = globSync(`${root}/*/*.otlp.pb`).map((file) => ({
  library: basename(dirname(file)),
  scenario: basename(file, '.otlp.pb'),
  file,
}));

const expectedOf = (file: string): Expected => JSON.parse(readFileSync(`${dirname(file)}/expected.json`, 'utf8'));

describe('spans of other instrumentations', () => {
  it('are there to be read', () => {
    expect(existsSync(root)).toBe(true);
    expect(scenarios.length).toBeGreaterThanOrEqual(30);
  });

  it.each(scenarios)('$library $scenario', async ({ scenario, file }) => {
    const expected = expectedOf(file);
    const template = policy();
    const [primary, fallback] = template.targets;
    if (!primary || !fallback) throw new Error('the chain lacks a target');
    const chain = {
      ...template,
      targets: [
        { ...primary, match: { [ATTR_GEN_AI_REQUEST_MODEL]: `${expected.chain.primary}*` } },
        ...expected.chain.fallbacks.map((name) => ({
          ...fallback,
          name,
          match: { [ATTR_GEN_AI_REQUEST_MODEL]: `${name}*` },
        })),
      ],
    };
    const world = await start({ policies: { defaults: template, chains: [chain] }, now: Date.now() });
    const reader = createProtobufReader(world.pipeline.keys);
    const batch = world.pipeline.batch(world.now);
    reader.read(readFileSync(file), (span) => batch.add(span));
    await batch.commit();
    await world.rest();

    const points = world.points(METRIC_LLM_FALLBACK_CALLS);
    const counted = (route: string, outcome: string): number =>
      points
        .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE] === route)
        .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME] === outcome)
        .reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0);
    // A call that left no span is counted where another span tells of it.
    const calls = expected.scenarios[scenario]?.calls.filter(({ visible }) => visible.outcome !== null) ?? [];
    for (const route of ['primary', 'fallback']) {
      const own = calls.filter(({ expectedRoute }) => expectedRoute === route);
      const succeeded = own.filter(({ visible }) => visible.outcome === 'success').length;
      expect([route, counted(route, 'success')]).toEqual([route, succeeded]);
      const total = points
        .filter(({ attributes }) => attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE] === route)
        .reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0);
      expect([route, total]).toEqual([route, own.length]);
    }
    const input = world
      .points(METRIC_LLM_FALLBACK_TOKENS)
      .filter(({ attributes }) => attributes[ATTR_GEN_AI_TOKEN_TYPE] === 'input')
      .reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0);
    expect(input).toBe(calls.reduce((sum, { visible }) => sum + (visible.inputTokens ?? 0), 0));
  });
});
