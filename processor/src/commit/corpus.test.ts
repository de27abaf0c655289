/** What real exports say, call by call: of each capture in test/fixtures which spans are calls, and what each of them tells. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spanIdOf } from '../base/ids.ts';
import { createKeyTable } from '../base/keys.ts';
import { createNormaliser } from '../normalise/normalise.ts';
import { createProtobufReader } from '../receive/protobuf.ts';
import type { Call } from '../types/evidence.ts';

interface ExpectedCall {
  readonly leafSpanId: string | null;
  readonly attemptSpanIds?: readonly string[];
  readonly requestModel: string;
  readonly responseModel: string | null;
  readonly errorType: string | null;
  readonly visible: {
    readonly outcome: string | null;
    readonly outcomeFrom?: string;
    readonly inputTokens?: number | null;
    readonly outputTokens?: number | null;
    readonly responseModelShown?: string;
    readonly carriedBy?: Readonly<Record<string, readonly string[]>>;
  };
}

interface Scenario {
  readonly calls: readonly ExpectedCall[];
  readonly notCalls: readonly { readonly spanId: string }[];
}

const root = fileURLToPath(new URL('../../../test/fixtures', import.meta.url));

const captures = globSync(`${root}/*/*.otlp.pb`).map((file) => ({
  library: basename(dirname(file)),
  scenario: basename(file, '.otlp.pb'),
  file,
}));

/** The violation stands on the parent: the call's own span is a success. */
const isElsewhere = ({ outcomeFrom = '' }: ExpectedCall['visible']): boolean => outcomeFrom.includes('parent');

function callsIn(file: string): Map<string, Call> {
  const keys = createKeyTable();
  const normaliser = createNormaliser(keys, 256);
  const calls = new Map<string, Call>();
  createProtobufReader(keys).read(readFileSync(file), (span) => {
    const read = normaliser.read(span, { anySpan: false, cachedCalls: false });
    if (read?.kind === 'call') calls.set(spanIdOf(span.ids), { ...read });
  });
  return calls;
}

describe('the corpus', () => {
  it('holds what each library of it sent', () => {
    expect(new Set(captures.map(({ library }) => library)).size).toBeGreaterThanOrEqual(10);
  });

  it('says of each library and version what it records, what not, and what surprised', () => {
    const rows = readFileSync(`${root}/README.md`, 'utf8')
      .split('\n')
      .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
    const described = rows.filter((cells) => cells.length === 5 && cells.every((cell) => cell.trim() !== ''));
    const named = described.map(([folder = '']) => folder).filter((folder) => folder.startsWith('`'));
    expect(named.sort()).toEqual([...new Set(captures.map(({ library }) => `\`${library}\``))].sort());
  });

  it.each(captures)('$library $scenario', ({ scenario, file }) => {
    const { scenarios } = JSON.parse(readFileSync(`${dirname(file)}/expected.json`, 'utf8')) as {
      readonly scenarios: Readonly<Record<string, Scenario>>;
    };
    const { calls, notCalls } = scenarios[scenario] ?? { calls: [], notCalls: [] };
    const found = callsIn(file);

    const left = calls.filter(({ leafSpanId }) => leafSpanId !== null);
    const spans = left.flatMap(({ leafSpanId, attemptSpanIds }) => attemptSpanIds ?? [leafSpanId ?? '']);
    expect([...found.keys()].sort()).toEqual(spans.sort());
    for (const { spanId } of notCalls) expect(found.has(spanId)).toBe(false);

    for (const { leafSpanId, requestModel, responseModel, errorType, visible } of left) {
      const call = found.get(leafSpanId ?? '');
      const { carriedBy = {} } = visible;
      const said = {
        requestModel: carriedBy.requestModel?.length ? requestModel : call?.requestModel,
        inputTokens: visible.inputTokens ?? undefined,
        outputTokens: visible.outputTokens ?? undefined,
        outcome: isElsewhere(visible) ? 'success' : visible.outcome,
        errorType: errorType ?? call?.errorType,
      };
      expect(call).toMatchObject(said);
      // Langfuse's one name of a model is the served one on a success: whoever needs that falls back to it.
      const served = call?.responseModel ?? call?.requestModel;
      if (carriedBy.responseModel?.length) expect(served).toBe(visible.responseModelShown ?? responseModel);
    }
  });
});
