/** Cases of calls that no chain claims: which of them are a fallback, by the files of test/fixtures/cases. */
import { METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { statusDocument } from '../output/status-json.ts';
import { replay } from '../testdata/cases.ts';
import { policy, start, T0, type World } from '../testdata/world.ts';
import { rowsOf } from '../traces/testdata/calls.ts';

/** What is shown once the traces of the files are settled, sent one after the other. */
async function settled(...runs: readonly (readonly string[])[]): Promise<World> {
  let world: World | undefined;
  let now = T0;
  for (const files of runs) {
    world = await replay(files, { now, ...(world && { into: world }) });
    await world.rest();
    now = world.now + 1_000;
  }
  if (!world) throw new Error('no files');
  return world;
}

const files = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `gateways/${name}.00${index}.pb.gz`);

const exhausted = (world: World): number =>
  world.points(METRIC_LLM_FALLBACK_CHAIN_EXHAUSTED).reduce((sum, each) => sum + ('value' in each ? each.value : 0), 0);

describe('a fallback', () => {
  it.each([
    [
      'gpt-5 fails, claude-haiku answers',
      'sib-control',
      ['inferred:gpt-5 / gpt-5', 'inferred:gpt-5 / claude-haiku-4-5'],
    ],
    [
      'the same within one call site',
      'sib-ai-sites-same',
      ['inferred:answer / gpt-5', 'inferred:answer / claude-haiku-4-5'],
    ],
    [
      'the same with one prompt',
      'sib-fingerprints-same',
      ['inferred:gpt-5 / gpt-5', 'inferred:gpt-5 / claude-haiku-4-5'],
    ],
    [
      'Azure fails, OpenAI answers: provider and server differ',
      'sib-azure-to-openai',
      ['inferred:gpt-4o / gpt-4o (azure.ai.openai)', 'inferred:gpt-4o / gpt-4o (openai)'],
    ],
    [
      'of one request to LiteLLM group samefb fails, samefb-eu answers',
      'sib-same-model-groups',
      ['inferred:samefb / samefb', 'inferred:samefb / samefb-eu'],
    ],
    [
      'deepseek-v3 fails, deepseek-v2 answers: two models',
      'sib-v3-v2',
      ['inferred:deepseek-v3 / deepseek-v3', 'inferred:deepseek-v3 / deepseek-v2'],
    ],
    [
      'a guard model that is called as a plain chat fails open: nothing tells it apart',
      'sib-guard-fails-open',
      ['inferred:llama-guard-4 / llama-guard-4', 'inferred:llama-guard-4 / gpt-5'],
    ],
  ])('%s', async (_, file, [primary = '', fallback = '']) => {
    const world = await settled([`otlp/${file}.json`]);
    expect(rowsOf(world)).toEqual([`${primary} primary 0 0,1`, `${fallback} fallback 1 1,0`]);
    expect(world.target(fallback.split(' / ')[1] ?? '').state).toBe('fresh');
  });
});

describe('no fallback', () => {
  it.each([
    ['a retry: the same model at the same place', 'sib-retry-same-place'],
    ['a retry: mistral-large-latest fails, mistral-large-2411 answers, one model', 'sib-snapshot-retry'],
    ['a moderation fails, the chat goes on', 'sib-moderation-fails-open'],
    ['a moderation of LiteLLM fails, the chat goes on', 'sib-litellm-amoderation'],
    ['a rerank fails, the chat goes on', 'sib-litellm-arerank'],
    ['a transcription fails, the chat goes on', 'sib-transcription-fails'],
    ['a completion fails, the chat goes on', 'sib-text-completion-vs-chat'],
    ['an image fails, the text goes on', 'sib-output-type-differs'],
    ['the title fails and is left out: the call sites differ', 'sib-ai-sites-differ'],
    ['the title fails below one span with the answer: the call sites differ', 'sib-other-call-site'],
    ['the title fails: the workflows differ', 'sib-workflow-differs'],
    ['“is it rude?” fails and is skipped: both prompts are known, and differ', 'sib-fingerprints-differ'],
  ])('%s', async (_, file) => {
    const world = await settled([`otlp/${file}.json`]);
    expect(rowsOf(world)).toEqual([]);
  });
});

it('where only the prompt differs, the call is listed as a possible fallback', async () => {
  const world = await settled(['otlp/sib-fingerprints-differ.json']);
  expect(world.snapshot().unassigned).toMatchObject([
    { requestModel: 'gpt-5-nano', calls: 1, insteadOf: undefined },
    { requestModel: 'gpt-5', calls: 1, insteadOf: 'gpt-5-nano' },
  ]);
  const { unassigned, unassigned_snippet } = statusDocument(world.snapshot());
  expect(unassigned.map((each) => each.possible_fallback_of)).toEqual([undefined, 'gpt-5-nano']);
  expect(unassigned_snippet).toMatch(/^# Possible fallback: "gpt-5" .*\nchains:\n.*gpt-5-nano.*gpt-5/s);
});

describe('LangChain Python', () => {
  it('a fallback that answered is fresh', async () => {
    expect(rowsOf(await settled(files('LCoi_2_429_fb', 2)))).toEqual([
      'inferred:gpt-5 / gpt-5 primary 0 0,1',
      'inferred:gpt-5 / gpt-4.1-mini fallback 1 1,0',
    ]);
  });

  it('once the chain is known, a run in which all its targets failed counts', async () => {
    const world = await settled(files('LCoi_2_429_fb', 2), files('LCoi_4_all_fail', 2));
    expect(rowsOf(world)).toEqual([
      'inferred:gpt-5 / gpt-5 primary 0 0,2',
      'inferred:gpt-5 / gpt-4.1-mini fallback 1 1,1',
      'inferred:gpt-5 / gpt-4o-mini fallback 2 0,1',
    ]);
    expect(world.target('gpt-4.1-mini').state).toBe('failing');
    expect(exhausted(world)).toBe(1);
  });

  it('a run in which all failed shows nothing by itself', async () => {
    expect(rowsOf(await settled(files('LCoi_4_all_fail', 2)))).toEqual([]);
  });
});

describe('LiteLLM’s Router', () => {
  it.each([
    ['RToi_2_429_backup', 2, 'inferred:openai/gpt-5', ['openai/gpt-5', 'openai/gpt-4.1-mini']],
    [
      'RToi_3_two_fail_third',
      2,
      'inferred:openai/gpt-5',
      ['openai/gpt-5', 'openai/gpt-4.1-mini', 'anthropic/claude-haiku-4-5'],
    ],
    ['RTrs_2_429_backup', 2, 'inferred:summarizer', ['summarizer', 'backup']],
    ['RTrs_3_two_fail_third', 3, 'inferred:summarizer', ['summarizer', 'third']],
  ])('%s: the target that served is fresh, those that failed are failing', async (name, count, chain, targets) => {
    const world = await settled(files(name, count));
    expect(rowsOf(world)).toEqual(
      targets.map((target, rank) => {
        const isServed = rank === targets.length - 1;
        return `${chain} / ${target} ${rank === 0 ? 'primary' : 'fallback'} ${rank} ${isServed ? '1,0' : '0,1'}`;
      }),
    );
    expect(targets.slice(1).map((target) => world.target(target).state)).toEqual(
      targets.slice(1).map((_, index) => (index === targets.length - 2 ? 'fresh' : 'failing')),
    );
  });

  it('all failed, after a run that the third served: each of them is failing', async () => {
    const world = await settled(files('RTrs_3_two_fail_third', 3), files('RTrs_4_all_fail', 2));
    expect(rowsOf(world)).toEqual([
      'inferred:summarizer / summarizer primary 0 0,2',
      'inferred:summarizer / backup fallback 1 0,1',
      'inferred:summarizer / third fallback 1 1,1',
    ]);
    expect(world.target('third').state).toBe('failing');
    expect(exhausted(world)).toBe(1);
  });

  it.each([
    ['RTcb_2_429_backup', 2],
    ['RTcb_3_two_fail_third', 2],
    ['RTcb_4_all_fail', 1],
  ])(
    '%s: its callback inside an active span leaves no chain to be told, and the failure is listed',
    async (name, count) => {
      const world = await settled(files(name, count));
      expect(rowsOf(world)).toEqual([]);
      expect(world.snapshot().unassigned).toMatchObject([{ requestModel: 'gpt-5', calls: 1, insteadOf: undefined }]);
    },
  );
});

describe('LlamaIndex and Haystack', () => {
  it('a try and its except are a fallback, and once that is known a run in which all failed counts', async () => {
    const world = await settled(files('llamaindex_2_429_fb', 1));
    expect(rowsOf(world)).toEqual([
      'inferred:gpt-4o / gpt-4o primary 0 0,1',
      'inferred:gpt-4o / gpt-4.1-mini fallback 1 1,0',
    ]);
    const later = await settled(files('llamaindex_2_429_fb', 1), files('llamaindex_4_all_fail', 1));
    expect(later.target('gpt-4.1-mini').state).toBe('failing');
    expect(exhausted(later)).toBe(1);
  });

  it.each(['haystack_2_429_fb', 'haystack_4_all_fail'])('%s names the served model only: no route', async (name) => {
    expect(rowsOf(await settled(files(name, 1)))).toEqual([]);
  });
});

describe('LiteLLM’s proxy', () => {
  it('all fail, in the rows of the configuration: each is counted, though one of them alone left a span', async () => {
    const [primary, fallback] = policy().targets;
    if (!primary || !fallback) throw new Error('two targets wanted');
    const named = ['gpt-4.1-mini', 'claude-haiku'].map((name) => ({ ...fallback, name, match: undefined }));
    const chain = policy({ targets: [primary, ...named] });
    const world = await start({ policies: { defaults: policy(), chains: [chain] } });
    await replay(['gateways/L31_two_all_fail.000.pb'], { into: world });
    await world.rest();
    expect(rowsOf(world)).toEqual([
      'summarize / gpt primary 0 0,1',
      'summarize / gpt-4.1-mini fallback 1 0,1',
      'summarize / claude-haiku fallback 2 0,1',
    ]);
  });

  it('all fail: each group that the message names failed', async () => {
    const world = await settled(['gateways/L31_two_all_fail.000.pb']);
    expect(rowsOf(world)).toEqual([
      'inferred:two / two primary 0 0,1',
      'inferred:two / gpt-4.1-mini fallback 1 0,1',
      'inferred:two / claude-haiku fallback 2 0,1',
    ]);
    expect(['gpt-4.1-mini', 'claude-haiku'].map((target) => world.target(target).state)).toEqual([
      'failing',
      'failing',
    ]);
    expect(exhausted(world)).toBe(1);
  });
});
