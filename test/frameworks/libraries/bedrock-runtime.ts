/** @aws-sdk/client-bedrock-runtime 3: Converse, and InvokeModel with the bodies of three makers of models. */
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { answer, fail, json } from '@warmspare/providers';
import { library, SECRET, type World } from '../contract/library.ts';
import { clientCases, gather, SCHEMA, TOKENS } from './client-cases.ts';

type Package = typeof import('@aws-sdk/client-bedrock-runtime');
interface Bedrock extends Package {
  client(world: World): BedrockRuntimeClient;
}

const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const NOVA = 'amazon.nova-lite-v1:0';
const LLAMA = 'meta.llama3-3-70b-instruct-v1:0';

const converse = ({ secret }: World, modelId = NOVA) => ({
  modelId,
  system: [{ text: secret }],
  messages: [{ role: 'user' as const, content: [{ text: secret }] }],
});

const BODIES = {
  claude: {
    modelId: CLAUDE,
    body: (secret: string) => ({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 99,
      messages: [{ role: 'user', content: secret }],
    }),
  },
  nova: {
    modelId: NOVA,
    body: (secret: string) => ({
      inferenceConfig: { maxTokens: 99 },
      messages: [{ role: 'user', content: [{ text: secret }] }],
    }),
  },
  llama: { modelId: LLAMA, body: (secret: string) => ({ prompt: secret, max_gen_len: 99 }) },
};
type Maker = keyof typeof BODIES;

const invoke = (maker: Maker, { secret }: World) => ({
  modelId: BODIES[maker].modelId,
  contentType: 'application/json',
  body: JSON.stringify(BODIES[maker].body(secret)),
});

const invoked = (maker: Maker, served: string) =>
  ({
    name: `InvokeModel of ${maker}`,
    feature: 'call',
    bedrock: [answer({ text: SECRET, tokens: TOKENS })],
    run: async (bedrock: Bedrock, world: World) => {
      const {
        body,
        $metadata: _,
        ...rest
      } = await bedrock.client(world).send(new bedrock.InvokeModelCommand(invoke(maker, world)));
      return { ...rest, body: body.transformToString() };
    },
    calls: [`chat aws.bedrock ${BODIES[maker].modelId}${served} success 100/20 $`],
    rows: [],
  }) as const;

const streamed = (maker: Maker, served: string) =>
  ({
    name: `InvokeModelWithResponseStream of ${maker}`,
    feature: 'stream',
    bedrock: [answer({ text: SECRET, tokens: TOKENS })],
    run: async (bedrock: Bedrock, world: World) => {
      const { body = NOTHING } = await bedrock
        .client(world)
        .send(new bedrock.InvokeModelWithResponseStreamCommand(invoke(maker, world)));
      return gather(body);
    },
    calls: [`chat aws.bedrock ${BODIES[maker].modelId}${served} success 100/20 $`],
    rows: [],
  }) as const;

async function* NOTHING_AT_ALL(): AsyncGenerator<never> {}
const NOTHING = NOTHING_AT_ALL();

/** Without what differs between two processes. */
const plain = ({ $metadata, ...rest }: { readonly $metadata: { readonly attempts?: number } }) => ({
  ...rest,
  attempts: $metadata.attempts,
});

export const BEDROCK_RUNTIME = library<Bedrock>({
  name: '@aws-sdk/client-bedrock-runtime 3',
  folder: 'bedrock-runtime-3',
  systems: ['esm', 'cjs'],
  async load({ load }) {
    const found = (await load('@aws-sdk/client-bedrock-runtime')) as Package;
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
    return {
      ...found,
      client: ({ bedrock }) =>
        new found.BedrockRuntimeClient({
          region: 'us-east-1',
          endpoint: bedrock,
          credentials,
          maxAttempts: 2,
        }),
    };
  },
  cases: [
    ...clientCases<Bedrock>({
      on: 'bedrock',
      as: `chat aws.bedrock ${NOVA}`,
      priced: true,
      tries: 2,
      ask: async (bedrock, world, model) =>
        plain(await bedrock.client(world).send(new bedrock.ConverseCommand(converse(world, model)))),
      open: (bedrock, world) => bedrock.client(world).send(new bedrock.ConverseStreamCommand(converse(world))),
      streamOf: (result) => (result as { readonly stream: AsyncIterable<unknown> }).stream,
      structured: async (bedrock, world) =>
        plain(
          await bedrock.client(world).send(
            new bedrock.ConverseCommand({
              ...converse(world),
              outputConfig: {
                textFormat: {
                  type: 'json_schema',
                  structure: { jsonSchema: { schema: JSON.stringify(SCHEMA), name: 'ticket' } },
                },
              },
            }),
          ),
        ),
    }),
    invoked('claude', '>claude-haiku-4-5-20251001'),
    invoked('nova', ''),
    invoked('llama', ''),
    streamed('claude', '>claude-haiku-4-5-20251001'),
    streamed('nova', ''),
    streamed('llama', ''),
    {
      name: 'a retry inside send()',
      feature: 'failure',
      bedrock: [fail('rate_limit'), answer({ text: SECRET, tokens: TOKENS })],
      run: async (bedrock, world) =>
        plain(await bedrock.client(world).send(new bedrock.ConverseCommand(converse(world)))),
      calls: [`chat aws.bedrock ${NOVA} success 100/20 $`],
      rows: [],
    },
    {
      name: 'the method of the aggregated client',
      feature: 'call',
      bedrock: [json({ summary: SECRET }, { tokens: TOKENS })],
      run: async (bedrock, world) => {
        const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
        const client = new bedrock.BedrockRuntime({ region: 'us-east-1', endpoint: world.bedrock, credentials });
        return plain(await client.converse(converse(world)));
      },
      calls: [`chat aws.bedrock ${NOVA} success 100/20 $`],
      rows: [],
    },
  ],
});
