/** Which fallbacks each capture of the corpus shows by its trace alone, without any configuration. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METRIC_LLM_FALLBACK_CALLS } from '@warmspare/semconv';
import { expect, it } from 'vitest';
import { createProtobufReader } from '../receive/protobuf.ts';
import { start } from '../testdata/world.ts';

interface Expected {
  readonly chain: { readonly primary: string };
  readonly scenarios: Readonly<
    Record<
      string,
      {
        readonly calls: readonly {
          readonly requestModel: string;
          readonly responseModel: string | null;
          readonly visible: {
            readonly route: string | null;
            readonly outcome: string;
            readonly carriedBy?: Readonly<Record<string, readonly string[]>>;
          };
        }[];
      }
    >
  >;
}

const root = fileURLToPath(new URL('../../../test/fixtures', import.meta.url));
const captures = globSync(`${root}/*/*.otlp.pb`).map((file) => ({
  library: basename(dirname(file)),
  scenario: basename(file, '.otlp.pb'),
  file,
}));

it.each(captures)('$library $scenario', async ({ scenario, file }) => {
  const { chain, scenarios } = JSON.parse(readFileSync(`${dirname(file)}/expected.json`, 'utf8')) as Expected;
  const world = await start({ now: Date.now() });
  const batch = world.pipeline.batch(world.now);
  createProtobufReader(world.pipeline.keys).read(readFileSync(file), (span) => batch.add(span));
  await batch.commit();
  await world.rest();

  const counted = world
    .points(METRIC_LLM_FALLBACK_CALLS)
    .filter((point) => 'value' in point && point.value > 0)
    .map(({ attributes }) => [
      attributes['llm_fallback.route.type'],
      attributes['llm_fallback.target.name'],
      attributes['llm_fallback.call.outcome'],
    ]);
  const fallbacks = (scenarios[scenario]?.calls ?? []).filter(({ visible }) => visible.route === 'fallback');
  const expected = fallbacks.flatMap(({ requestModel, responseModel, visible }) => [
    ['fallback', visible.carriedBy?.requestModel?.length === 0 ? responseModel : requestModel, visible.outcome],
    ['primary', chain.primary, 'error'],
  ]);
  expect(new Set(counted.map(String))).toEqual(new Set(expected.map(String)));
});

it('shows some', () => {
  expect(captures.length).toBeGreaterThan(40);
});
