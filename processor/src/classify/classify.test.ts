/** Whose call a configured `match` makes of a span, by what the span says and what the rules ask for. */
import { describe, expect, it } from 'vitest';
import { policy, start, T0, type World } from '../testdata/world.ts';
import { call } from '../traces/testdata/calls.ts';
import type { ChainPolicy, TargetPolicy } from '../types/policy.ts';
import type { AttributeValue } from '../types/span.ts';

type Globs = Readonly<Record<string, string>>;
type Attributes = Readonly<Record<string, AttributeValue>>;

const model = (name: string, more: Globs = {}): Globs => ({ 'gen_ai.request.model': name, ...more });
const served = (name: string): Attributes => ({ 'gen_ai.response.model': name });

/** Targets `p`, `f1`, `f2` ..., the first of which is the primary; another type stands before the globs. */
function chainOf(...rules: readonly (Globs | readonly [TargetPolicy['type'], Globs, Globs?])[]): ChainPolicy {
  const [template] = policy().targets;
  if (!template) throw new Error('no target');
  const targets = rules.map((rule, rank): TargetPolicy => {
    const [type, match, exclude] = Array.isArray(rule) ? rule : [rank === 0 ? 'primary' : 'fallback', rule];
    return { ...template, name: rank === 0 ? 'p' : `f${rank}`, type, match, exclude };
  });
  return policy({ name: 'c', targets });
}

const startWith = (...chains: readonly ChainPolicy[]): Promise<World> =>
  start({ policies: { defaults: policy(), chains } });

/** Targets that were called, by chain where it is not `c`. */
const called = (world: World): readonly string[] =>
  world
    .snapshot()
    .targets.filter(({ activity }) => activity !== undefined)
    .map(({ chain, target }) => (chain === 'c' ? target : `${chain}/${target}`));

async function creditOf(chain: ChainPolicy, asked: string, attributes: Attributes = {}): Promise<readonly string[]> {
  const world = await startWith(chain);
  await world.send(T0 + 60_000, call(asked, { attributes }));
  return called(world);
}

describe('the keys of a match', () => {
  const rule = {
    'app.feature': 'summ*',
    'k8s.cluster.name': 'eu-?',
    'span.name': 'chat *',
    'gen_ai.provider.name': 'azure*',
  };
  const chain = chainOf(model('gpt-5'), model('gpt-4o', rule));
  const span = {
    name: 'chat gpt-4o',
    resource: { 'k8s.cluster.name': 'eu-1' },
    attributes: { 'app.feature': 'summarize', 'gen_ai.system': 'azure_openai' },
  };

  it.each<[string, object, readonly string[]]>([
    ['are attributes of the span or its resource, the provider in any dialect, or the name', {}, ['f1']],
    ['all must match: an attribute', { attributes: { ...span.attributes, 'app.feature': 'title' } }, []],
    ['all must match: one that is missing', { attributes: { 'gen_ai.system': 'azure_openai' } }, []],
    ['all must match: the resource', { resource: { 'k8s.cluster.name': 'eu-10' } }, []],
    ['all must match: the name', { name: 'completion' }, []],
    ['all must match: the provider', { attributes: { ...span.attributes, 'gen_ai.system': 'openai' } }, []],
  ])('%s', async (_, more, expected) => {
    const world = await startWith(chain);
    await world.send(T0 + 60_000, call('gpt-4o', { ...span, ...more }));
    expect(called(world)).toEqual(expected);
  });

  it('match any text of a list, and numbers and booleans as they are written', async () => {
    const globs = { 'app.tags': 'b*', 'app.tier': '2', 'app.beta': 'true' };
    const attributes = { 'app.tags': ['a', 'bc'], 'app.tier': 2, 'app.beta': true };
    expect(await creditOf(chainOf(model('gpt-5', globs)), 'gpt-5', attributes)).toEqual(['p']);
    expect(await creditOf(chainOf(model('gpt-5', globs)), 'gpt-5', { ...attributes, 'app.tags': ['a'] })).toEqual([]);
  });

  it('may be called like what every object has', async () => {
    expect(await creditOf(chainOf(model('gpt-5', { constructor: 'x' })), 'gpt-5')).toEqual([]);
    expect(await creditOf(chainOf(model('gpt-5', { constructor: 'x' })), 'gpt-5', { constructor: 'x' })).toEqual(['p']);
  });
});

describe('of several targets that match', () => {
  it.each<[string, ChainPolicy, string, Attributes, readonly string[]]>([
    ['the exact name wins', chainOf(model('gpt-5*'), model('gpt-5-mini')), 'gpt-5-mini', {}, ['f1']],
    ['the longer glob wins', chainOf(model('gpt-5*'), model('gpt-5-mini*')), 'gpt-5-mini-2025-08-07', {}, ['f1']],
    ['the longer glob must match, too', chainOf(model('gpt-5*'), model('gpt-5-mini*')), 'gpt-5', {}, ['p']],
    [
      'the one that asks for more wins',
      chainOf(model('gpt-5*'), model('gpt-5*', { 'server.address': '*.azure.com' })),
      'gpt-5',
      { 'server.address': 'eu.openai.azure.com' },
      ['f1'],
    ],
    ['the smaller rank wins between equals', chainOf(model('gpt-5*'), model('gpt-?5')), 'gpt-5', {}, ['p']],
    [
      'the model that served tells more than the name that was asked for',
      chainOf(model('my-router-of-models'), { 'gen_ai.response.model': '*haiku*' }),
      'my-router-of-models',
      served('claude-haiku-4-5'),
      ['f1'],
    ],
    [
      'a name that another target has, give or take a date, is that target’s',
      chainOf(model('gpt-4o'), model('gpt-4o-*')),
      'gpt-4o-2024-08-06',
      {},
      ['p'],
    ],
    [
      'a dated name that a target is called by is that target’s',
      chainOf(model('gpt-4o'), model('gpt-4o-2024-08-06')),
      'gpt-4o-2024-08-06',
      {},
      ['f1'],
    ],
  ])('%s', async (_, chain, asked, attributes, expected) => {
    expect(await creditOf(chain, asked, attributes)).toEqual(expected);
  });

  it('the one whose own name was asked for wins, though another has its dated name', async () => {
    expect(await creditOf(chainOf(model('gpt-4o'), model('gpt-4o-2024-08-06')), 'gpt-4o')).toEqual(['p']);
  });

  it('those of chains for another service do not', async () => {
    const world = await startWith(
      { ...chainOf(model('gpt-5')), service: 'desk' },
      {
        ...policy({ name: 'd', targets: chainOf(model('gpt-*')).targets }),
        service: 'shop',
      },
    );
    await world.send(T0 + 60_000, call('gpt-5'));
    expect(called(world)).toEqual(['d/p']);
  });

  it('the first chain wins', async () => {
    const chains = [chainOf(model('gpt-*')), policy({ name: 'd', targets: chainOf(model('gpt-5')).targets })];
    const world = await startWith(...chains);
    await world.send(T0 + 60_000, call('gpt-5'));
    expect(called(world)).toEqual(['p']);
  });
});

describe('the model that served', () => {
  const chain = chainOf(model('gpt-5*'), model('claude-*', { 'gen_ai.provider.name': 'anthropic' }), model('gpt-4o'));

  it.each<[string, ChainPolicy, string, Attributes, readonly string[]]>([
    ['moves a call to its target', chain, 'gpt-5', served('gpt-4o'), ['f2']],
    ['moves a call by a dated name, too', chain, 'gpt-5', served('gpt-4o-2024-08-06'), ['f2']],
    ['moves it only where all else of the rule matches', chain, 'gpt-5', served('claude-haiku-4-5'), ['p']],
    [
      'moves it where all else does',
      chain,
      'gpt-5',
      { ...served('claude-haiku-4-5'), 'gen_ai.provider.name': 'anthropic' },
      ['f1'],
    ],
    ['moves nothing where no target has it', chain, 'gpt-5', served('o3'), ['p']],
    [
      'moves it by a dated name only where all else of the rule matches',
      chainOf(model('gpt-5*'), model('gpt-4o', { 'gen_ai.provider.name': 'azure*' })),
      'gpt-5',
      served('gpt-4o-2024-08-06'),
      ['p'],
    ],
    [
      'moves nothing by a date of a glob',
      chainOf(model('*gpt-5'), model('gpt-5-*')),
      'gpt-5',
      served('gpt-5-2025-08-07'),
      ['p'],
    ],
    [
      'moves nothing from a target that asks for it',
      chainOf(model('gpt-5'), { 'gen_ai.response.model': 'gpt-5*', 'gen_ai.provider.name': 'azure*' }),
      'my-deployment',
      { ...served('gpt-5'), 'gen_ai.provider.name': 'azure.ai.openai' },
      ['f1'],
    ],
    ['moves nothing by a date', chainOf(model('gpt-5'), model('gpt-5-*')), 'gpt-5', served('gpt-5-2025-08-07'), ['p']],
    [
      'moves a call although the asked target’s glob fits it, too',
      chainOf(model('gpt-5*'), model('gpt-5-mini*')),
      'gpt-5',
      served('gpt-5-mini-2025-08-07'),
      ['f1'],
    ],
    [
      'moves nothing to another chain’s target',
      chainOf(model('gpt-5*'), model('o3')),
      'gpt-5',
      served('claude-haiku-4-5'),
      ['p'],
    ],
  ])('%s', async (_, of, asked, attributes, expected) => {
    const other = policy({ name: 'other', targets: chainOf(model('x'), model('claude-*')).targets });
    const world = await startWith(of, other);
    await world.send(T0 + 60_000, call(asked, { attributes }));
    expect(called(world)).toEqual(expected);
  });

  it('stands for the model asked for where that is not known, by a dated name, too', async () => {
    const world = await startWith(chain);
    const attributes = { 'langfuse.observation.type': 'generation', ...served('gpt-4o-2024-08-06') };
    await world.send(T0 + 60_000, { attributes, endTime: T0 });
    expect(called(world)).toEqual(['f2']);
  });

  it('is enough where rules ask for it alone (TensorZero)', async () => {
    const variant = (name: string) => `tensorzero::function_name::draft::variant_name::${name}`;
    const tensorZero = chainOf({ 'gen_ai.response.model': '*::gpt' }, { 'gen_ai.response.model': '*::claude' });
    const asked = 'tensorzero::function_name::draft';
    expect(await creditOf(tensorZero, asked, served(variant('gpt')))).toEqual(['p']);
    expect(await creditOf(tensorZero, asked, served(variant('claude')))).toEqual(['f1']);
  });
});

describe('an answer of a cache', () => {
  const HIT = { hidden_params: '{"cache_key": "4bb0"}' };
  const OURS = { 'llm_fallback.call.outcome': 'success', 'llm_fallback.route.type': 'cache' };
  const models = chainOf(model('gpt-5*'), model('claude-*'));
  const withCache = chainOf(model('gpt-5*'), model('claude-*'), ['cache', model('gpt-5*')]);
  const twoCaches = chainOf(model('gpt-5*'), ['cache', model('gpt-5*')], ['cache', { 'app.cache': '*' }]);

  it.each<[string, ChainPolicy, Attributes, readonly string[]]>([
    ['a gateway’s, as our instrumentation tells it, is no model’s', models, OURS, []],
    ['LiteLLM’s is no model’s', models, HIT, []],
    ['LiteLLM’s is no model’s by any other key', chainOf({ 'app.feature': 'x' }), { ...HIT, 'app.feature': 'x' }, []],
    ['is the cache’s that its rule fits', withCache, OURS, ['f2']],
    ['is the cache’s that its rule fits (LiteLLM)', withCache, HIT, ['f2']],
    ['is nobody’s where two caches fit', twoCaches, { ...OURS, 'app.cache': 'redis' }, []],
    ['is the one’s of two caches that fits', twoCaches, OURS, ['f1']],
    ['is nobody’s where no cache fits', chainOf(model('gpt-5*'), ['cache', model('claude-*')]), OURS, []],
    [
      'is what a call that no cache answered is not',
      chainOf(model('gpt-5*'), ['cache', model('gpt-5', { 'gen_ai.operation.name': 'chat' })]),
      {},
      ['p'],
    ],
  ])('%s', async (_, chain, attributes, expected) => {
    const world = await startWith(chain);
    await world.send(T0 + 60_000, call('gpt-5', { attributes }));
    expect(called(world)).toEqual(expected);
    expect(world.snapshot().unassigned).toEqual([]);
  });

  it('stands in for no failed call', async () => {
    const world = await start();
    await world.send(
      T0 + 60_000,
      call('gpt-5', { failed: '429' }),
      call('claude-haiku-4-5', { from: 2, attributes: { ...OURS, 'llm_fallback.route.source': 'gateway' } }),
    );
    await world.rest();
    expect(world.snapshot().targets).toEqual([]);
  });

  it('of an application’s own cache is told by any of its attributes', async () => {
    const world = await startWith(chainOf(model('gpt-5*'), ['cache', { 'span.name': 'cache get' }]));
    await world.send(T0, { name: 'cache get', attributes: { 'db.system': 'redis' }, endTime: T0 });
    expect(called(world)).toEqual(['f1']);
  });
});

describe('a gateway’s own fallback', () => {
  const said = { 'llm_fallback.call.outcome': 'success', 'llm_fallback.route.type': 'fallback' };
  const chain = chainOf(model('gpt-5*'), model('claude-*'));

  it.each<[string, Attributes, readonly string[]]>([
    ['is no success of the primary that was asked for', { ...said, 'llm_fallback.route.source': 'gateway' }, []],
    ['nor one that the provider tells of', { ...said, 'llm_fallback.route.source': 'provider' }, []],
    [
      'is the target’s that served',
      { ...said, 'llm_fallback.route.source': 'gateway', ...served('claude-haiku-4-5') },
      ['f1'],
    ],
    ['is nothing that a failed call beside it tells', { ...said, 'llm_fallback.route.source': 'inferred' }, ['p']],
  ])('%s', async (_, attributes, expected) => {
    expect(await creditOf(chain, 'gpt-5', attributes)).toEqual(expected);
  });
});

describe('exclude', () => {
  const mini = { 'gen_ai.request.model': 'gpt-5-mini*' };
  const chain = chainOf(['primary', model('gpt-*'), mini], model('gpt-5-mini*'), [
    'fallback',
    model('o*'),
    { 'app.load': 'yes', 'k8s.cluster.name': 'eu-*' },
  ]);

  it.each<[string, string, Attributes, readonly string[]]>([
    ['leaves a call to another target that it matches', 'gpt-5-mini', {}, ['f1']],
    ['leaves out nothing else', 'gpt-5', {}, ['p']],
    ['must match with all of its keys: one is missing', 'o3', { 'app.load': 'yes' }, ['f2']],
    ['must match with all of its keys: one differs', 'o3', { 'app.load': 'no', 'k8s.cluster.name': 'eu-1' }, ['f2']],
    ['wins where all of them match', 'o3', { 'app.load': 'yes', 'k8s.cluster.name': 'eu-1' }, []],
  ])('%s', async (_, asked, attributes, expected) => {
    expect(await creditOf(chain, asked, attributes)).toEqual(expected);
  });

  it('of the target that was asked leaves out what another model answered, too', async () => {
    const loaded = chainOf(['primary', model('gpt-5'), { 'app.load': 'yes' }], model('claude-*'));
    expect(await creditOf(loaded, 'gpt-5', { 'app.load': 'yes', ...served('claude-haiku-4-5') })).toEqual([]);
  });
});

describe('a rule that names no model', () => {
  const chain = chainOf({ 'app.job': 'primary' }, { 'app.job': 'rules' });

  it('matches any span, and leaves the others alone: they are no calls', async () => {
    const world = await startWith(chain);
    const result = await world.send(
      T0,
      { attributes: { 'app.job': 'rules' }, endTime: T0 },
      { attributes: { 'http.route': '/' }, endTime: T0 },
      { attributes: {}, endTime: 0 },
    );
    expect(called(world)).toEqual(['f1']);
    expect(world.snapshot().unassigned).toEqual([]);
    expect(result).toMatchObject({ accepted: 1, ignored: 2, rejected: [] });
  });

  it('does not make an agent that repeats its model’s name a call of a rule that does', async () => {
    const world = await startWith(chainOf({ 'gen_ai.response.model': 'gpt-*' }, { 'app.job': 'rules' }));
    const agent = { 'gen_ai.operation.name': 'invoke_agent', ...served('gpt-5') };
    await world.send(T0, { attributes: agent, endTime: T0 });
    expect(called(world)).toEqual([]);
    await world.send(T0 + 60_000, call('gpt-5', { attributes: served('gpt-5') }));
    expect(called(world)).toEqual(['p']);
  });
});
