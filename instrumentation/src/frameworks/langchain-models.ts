/** A runnable of LangChain in, the chat model inside it out: its name, provider and host, as far as the objects tell. Never asks one. */
import { type CallPlace, providerName } from '@warmspare/semconv';
import { fields, list, text } from '../base/read.ts';
import { endpointOf } from '../clients/endpoint.ts';
import type { Entry, TargetList } from './target-list.ts';

const MAX_DEPTH = 8;

/** The first chat model inside: of a binding, of a sequence, of a map. Undefined where there is none that can be seen. */
export function chatModelIn(runnable: unknown, depth = 0): object | undefined {
  if (typeof runnable !== 'object' || runnable === null || depth > MAX_DEPTH) return undefined;
  if (isChatModel(runnable)) return runnable;
  const { bound, first, middle, last, steps, mapper, runnable: inner } = fields(runnable);
  const parts = [bound, inner, first, ...list(middle), last, ...list(steps), ...Object.values(fields(steps)), mapper];
  for (const part of parts) {
    const found = chatModelIn(part, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isChatModel(value: object): boolean {
  const { _llmType, _modelType, invoke } = fields(value);
  return typeof _llmType === 'function' && typeof _modelType === 'function' && typeof invoke === 'function';
}

/** Name, provider and host of a chat model. */
export function modelOf(model: object): CallPlace | undefined {
  const { model: name, modelName, modelId, _llmType, _defaultConfig, clientConfig, apiUrl } = fields(model);
  const id = text(name) ?? text(modelName) ?? text(modelId) ?? text(fields(_defaultConfig).model);
  if (id === undefined || typeof _llmType !== 'function') return undefined;
  const type: unknown = _llmType.call(model);
  const baseURL = text(fields(clientConfig).baseURL) ?? text(apiUrl);
  const { server, provider } = endpointOf({ baseURL }, providerName(text(type) ?? '_OTHER'));
  return { model: id, provider, address: server?.address, port: server?.port };
}

/** What a runnable is in a list: the list that it is itself, its model, or a name for what is no model. */
export function listEntry(runnable: unknown, list: TargetList | undefined): Entry {
  if (list !== undefined) return { list };
  const model = chatModelIn(runnable);
  const place = model && modelOf(model);
  return { place: place ?? { model: nameOf(runnable) } };
}

function nameOf(runnable: unknown): string {
  const { name, constructor: made, func } = fields(runnable);
  return text(name) ?? text(fields(func).name) ?? text((made as { name?: unknown } | undefined)?.name) ?? 'runnable';
}
