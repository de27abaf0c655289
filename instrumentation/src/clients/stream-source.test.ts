import { describe, expect, it } from 'vitest';
import { streamSource } from './stream-source.ts';

type Chunk = readonly [id: string | undefined, model: string | undefined];

const seen = (chunks: readonly Chunk[]) => {
  const source = streamSource();
  for (const [id, model] of chunks) source.saw(id, model);
  return source.answered();
};

describe('a stream is one answer', () => {
  it.each<[string, readonly Chunk[]]>([
    [
      'where all chunks say the same',
      [
        ['a', 'gpt-5'],
        ['a', 'gpt-5'],
      ],
    ],
    [
      'where the first chunk says nothing (Azure)',
      [
        [undefined, undefined],
        ['a', 'gpt-5'],
      ],
    ],
    [
      'where an alias is spelled out',
      [
        ['a', 'gpt-5'],
        ['a', 'gpt-5-2025-08-07'],
      ],
    ],
    [
      'where each chunk has an id of its own',
      [
        ['a', 'gpt-5'],
        ['b', 'gpt-5'],
        ['c', 'gpt-5'],
      ],
    ],
    [
      'where later chunks name no model',
      [
        ['a', 'gpt-5'],
        ['b', undefined],
      ],
    ],
  ])('%s', (_name, chunks) => {
    expect(seen(chunks)).toEqual({ id: 'a', model: 'gpt-5', changedModel: false });
  });
});

describe('a stream changed hands', () => {
  it.each<[string, readonly Chunk[]]>([
    [
      'where id and model change (LiteLLM)',
      [
        ['a', 'alias'],
        ['b', 'gpt-4.1-mini'],
        ['b', 'gpt-4.1-mini'],
      ],
    ],
    [
      'where the model alone is another',
      [
        ['b', 'gpt-5'],
        ['b', 'gpt-4.1-mini'],
      ],
    ],
    [
      'where another deployment of the model begins anew',
      [
        ['a', 'gpt-4.1-mini-2025-04-14'],
        ['b', 'gpt-4.1-mini'],
      ],
    ],
    [
      'more than once',
      [
        ['a', 'x'],
        ['c', 'y'],
        ['b', 'gpt-4.1-mini'],
      ],
    ],
  ])('%s, and the last model answered', (_name, chunks) => {
    expect(seen(chunks)).toEqual({ id: 'b', model: 'gpt-4.1-mini', changedModel: true });
  });
});
