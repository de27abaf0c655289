/** How large a scrape is: what the README says of series and bytes holds. */

import { gzipSync } from 'node:zlib';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
} from '@warmspare/semconv';
import { expect, it } from 'vitest';
import { attempt, start, T0 } from '../testdata/world.ts';
import { withHistograms } from './metrics.ts';
import { prometheusText } from './prometheus.ts';

const SERVICE = { namespace: 'acme', name: 'support-api', environment: 'production' };

it('of 300 chains with a fallback each stays below 3 MB without histograms, and on the wire with them', async () => {
  const world = await start();
  const fell = { [ATTR_LLM_FALLBACK_FAILOVER_DURATION]: 2, [ATTR_LLM_FALLBACK_TRIGGER_REASON]: 'error' };
  const schema = { [ATTR_LLM_FALLBACK_SCHEMA_VALIDITY]: 'valid' };
  for (let chain = 0; chain < 300; chain++) {
    const names = {
      [ATTR_LLM_FALLBACK_CHAIN_NAME]: `summarize-ticket-${chain}`,
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]: ['gpt-5', 'claude-haiku'],
      [ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES]: ['primary', 'fallback'],
    };
    const calls = [
      attempt('gpt-5', 'primary', 'success', schema),
      attempt('gpt-5', 'primary', 'error', { [ATTR_ERROR_TYPE]: '503' }),
      attempt('claude-haiku', 'fallback', 'success', { ...schema, ...fell }),
    ];
    const at = T0 + chain * 10;
    await world.send(
      at + 10,
      ...calls.map((attributes, index) => ({
        attributes: { ...attributes, ...names },
        endTime: at + index,
        service: SERVICE,
      })),
    );
  }
  const points = [...world.pipeline.metrics(world.snapshot())];
  const text = (histograms: 'classic' | 'off'): string =>
    [...prometheusText(withHistograms(points, histograms), 'text')].join('');
  const series = (of: string): number => of.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  const [classic, off] = [text('classic'), text('off')];
  expect({ classic: Math.ceil(series(classic) / 300), off: Math.ceil(series(off) / 300) }).toEqual({
    classic: 101,
    off: 33,
  });
  expect(off.length).toBeLessThan(3_000_000);
  expect(gzipSync(classic).length).toBeLessThan(500_000);
});
