/** The local providers that the apps of the contract talk to. A new one is a line here. */
import {
  type ProviderServer,
  startAnthropic,
  startBedrock,
  startCohere,
  startGoogle,
  startMistral,
  startOllama,
  startOpenAI,
  startOpenRouter,
} from '@warmspare/providers';

const STARTS = {
  openai: startOpenAI,
  anthropic: startAnthropic,
  google: startGoogle,
  bedrock: startBedrock,
  mistral: startMistral,
  cohere: startCohere,
  ollama: startOllama,
  openrouter: startOpenRouter,
} as const;

export type ProviderName = keyof typeof STARTS;

export const PROVIDERS = Object.keys(STARTS) as readonly ProviderName[];

/** All of them, in the order of {@link PROVIDERS}. */
export async function startProviders(): Promise<ReadonlyMap<ProviderName, ProviderServer>> {
  return new Map(await Promise.all(PROVIDERS.map(async (name) => [name, await STARTS[name]()] as const)));
}
