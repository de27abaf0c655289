/** Anthropic's SDKs for Bedrock and Vertex, which never load the main entry of `@anthropic-ai/sdk`. */
import type { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import type { AnthropicVertex } from '@anthropic-ai/vertex-sdk';
import { library, type World } from '../contract/library.ts';
import { clientCases, SCHEMA } from './client-cases.ts';

type Client = AnthropicBedrock | AnthropicVertex;

const asked = ({ secret }: World, model: string) => ({
  model,
  max_tokens: 99,
  system: secret,
  messages: [{ role: 'user' as const, content: secret }],
});

const uses = (model: string) => ({
  ask: (client: (world: World) => Client, world: World, other = model) =>
    client(world).messages.create(asked(world, other)),
  open: (client: (world: World) => Client, world: World) =>
    client(world).messages.create({ ...asked(world, model), stream: true }),
  structured: (client: (world: World) => Client, world: World) =>
    client(world).messages.create({
      ...asked(world, model),
      output_config: { format: { type: 'json_schema', schema: SCHEMA } },
    }),
});

/** In place of Google's own, which asks a server of Google's. */
const AUTH = {
  projectId: 'none',
  getRequestHeaders: () => Promise.resolve(new Headers({ authorization: 'Bearer none' })),
};

const ON_BEDROCK = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const ON_VERTEX = 'claude-haiku-4-5@20251001';

export const ANTHROPIC_BEDROCK = library<(world: World) => AnthropicBedrock>({
  name: '@anthropic-ai/bedrock-sdk 1',
  folder: 'anthropic-bedrock-1',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const { AnthropicBedrock: Client } = (await load(
      '@anthropic-ai/bedrock-sdk',
    )) as typeof import('@anthropic-ai/bedrock-sdk');
    return ({ bedrock }) =>
      new Client({
        awsRegion: 'us-east-1',
        awsAccessKey: 'none',
        awsSecretKey: 'none',
        baseURL: bedrock,
        maxRetries: 0,
      });
  },
  cases: clientCases<(world: World) => AnthropicBedrock>({
    on: 'bedrock',
    as: `chat aws.bedrock ${ON_BEDROCK}`,
    served: '>claude-haiku-4-5-20251001',
    priced: true,
    partialUsage: ' 100/1 $',
    ...uses(ON_BEDROCK),
  }),
});

export const ANTHROPIC_VERTEX = library<(world: World) => AnthropicVertex>({
  name: '@anthropic-ai/vertex-sdk 1',
  folder: 'anthropic-vertex-1',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const { AnthropicVertex: Client } = (await load(
      '@anthropic-ai/vertex-sdk',
    )) as typeof import('@anthropic-ai/vertex-sdk');
    return ({ anthropic }) =>
      new Client({
        region: 'us-east5',
        projectId: 'none',
        authClient: AUTH as never,
        baseURL: `${anthropic}/v1`,
        maxRetries: 0,
      });
  },
  cases: clientCases<(world: World) => AnthropicVertex>({
    on: 'anthropic',
    as: `chat gcp.vertex_ai ${ON_VERTEX}`,
    priced: true,
    partialUsage: ' 100/1 $',
    ...uses(ON_VERTEX),
  }),
});
