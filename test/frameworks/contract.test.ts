/**
 * The contract of every library: what is known of each use of it, and that the app gets and sends exactly what it would without
 * Warmspare. The tables stand in `libraries/`.
 */
import {
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
} from '@warmspare/semconv';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Ran, runCases } from './contract/app.ts';
import { callLine } from './contract/call-line.ts';
import { SECRET } from './contract/library.ts';
import { llmSpans } from './contract/span.ts';
import { LIBRARIES } from './libraries/libraries.ts';

const SYSTEMS = LIBRARIES.flatMap((library) => library.systems.map((system) => ({ library, system })));

describe.each(SYSTEMS)('$library.name as $system', ({ library, system }) => {
  let watched: ReadonlyMap<string, Ran>;
  let plain: ReadonlyMap<string, Ran>;

  beforeAll(async () => {
    watched = await runCases(library, system, true);
    plain = await runCases(library, system, false);
  }, 240_000);

  const ran = (all: ReadonlyMap<string, Ran>, name: string): Ran => {
    const found = all.get(name);
    if (found === undefined) throw new Error(`"${name}" did not run`);
    return found;
  };

  describe.each(library.cases)('$name', ({ name, calls, rows, spans = calls.length }) => {
    test('each call is known by its route, outcome, usage and schema', () => {
      expect(ran(watched, name).messages.filter(isCall).map(callLine)).toEqual(calls);
    });

    test('a processor has these rows', () => {
      expect(ran(watched, name).rows).toEqual([...rows].sort());
    });

    test('a processor counts no call twice, whoever else recorded it', () => {
      const { messages, unassigned } = ran(watched, name);
      // What came out of a cache is no call of a model.
      const alone = messages.filter(
        ({ attributes }) =>
          ATTR_LLM_FALLBACK_CALL_OUTCOME in attributes &&
          !(ATTR_LLM_FALLBACK_CHAIN_NAME in attributes) &&
          attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE] !== 'cache',
      );
      expect(unassigned).toBe(alone.length);
    });

    test('each call has one span', () => {
      expect(llmSpans(ran(watched, name).spans)).toHaveLength(spans);
    });

    test('the app gets and sends what it would without Warmspare', () => {
      expect(ran(watched, name).result).toBe(ran(plain, name).result);
      expect(ran(watched, name).requests).toEqual(ran(plain, name).requests);
    });

    test('no text of prompts or outputs is recorded', () => {
      const { messages, evidence, spans: sent } = ran(watched, name);
      const ours = sent.filter(({ scope }) => scope === '@warmspare/instrumentation');
      expect(JSON.stringify([messages, ours])).not.toContain(SECRET);
      expect(evidence.includes(SECRET)).toBe(false);
    });
  });
});

/** What the channel says beside calls: declarations. */
function isCall({ name }: { readonly name: string }): boolean {
  return name !== 'llm_fallback.declare';
}
