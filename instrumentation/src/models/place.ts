/** A model of the AI SDK in, where its calls go out: provider, host and port. Its own configuration tells, if it has a base URL. */
import { providerName } from '@warmspare/semconv';
import { fields, text } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import { type Endpoint, endpointOf } from '../clients/endpoint.ts';

/** By model: the same object for all of its calls. */
const clients = new WeakMap<object, { readonly baseURL: string | undefined }>();

export function placeOf(model: unknown): Endpoint {
  const { provider } = fields(model);
  const name = providerName(text(provider) ?? '_OTHER');
  if (typeof model !== 'object' || model === null) return endpointOf({}, name);
  let client = clients.get(model);
  if (client === undefined) {
    client = { baseURL: guarded('the base URL of a model could not be read', () => baseUrlOf(model), undefined) };
    clients.set(model, client);
  }
  return endpointOf(client, name);
}

/** The providers of the SDK keep it as a text, or make the URL of each path. */
function baseUrlOf(model: object): string | undefined {
  const { config } = fields(model);
  const { baseURL, url } = fields(config);
  if (typeof baseURL === 'string') return baseURL;
  if (typeof url !== 'function') return undefined;
  const made: unknown = url.call(config, { path: '', modelId: fields(model).modelId });
  return text(made);
}
