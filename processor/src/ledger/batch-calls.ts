/** What one batch says of calls that no chain claims: how many there were, by service, model and provider. Bounded. */
import { isOtherModel } from '@warmspare/semconv';
import type { ServiceIdentity } from '../types/span.ts';

export interface UnassignedCalls {
  readonly service: ServiceIdentity;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  calls: number;
  lastSeen: number;
  /** The model of a failed call that one of them may have stood in for, the newest. */
  insteadOf: string | undefined;
}

export interface BatchCalls {
  add(call: NamedCall, at: number): void;
  /** A call that was added before, in this batch or another, is counted elsewhere. */
  remove(call: NamedCall): void;
  /** A call that was added before, in this batch or another, may have stood in for one of the model `insteadOf`. */
  mayStandIn(call: NamedCall, insteadOf: string): void;
  values(): readonly UnassignedCalls[];
  /** Calls that the list had no room for. */
  readonly unlisted: number;
}

type NamedCall = Pick<UnassignedCalls, 'service' | 'provider' | 'requestModel'> & {
  readonly responseModel: string | undefined;
};

/** Distinct models and providers that one batch may list. */
const PER_BATCH = 200;
/** Characters of their names. A longer one is left out: cut off, it would match nothing. */
const NAME_LENGTH = 256;

export function createBatchCalls(): BatchCalls {
  const all: UnassignedCalls[] = [];
  /** By service and model, those of each provider: a span finds them without making an id. */
  const services = new Map<ServiceIdentity, Map<string | undefined, UnassignedCalls[]>>();
  let unlisted = 0;

  const modelsOf = (service: ServiceIdentity): Map<string | undefined, UnassignedCalls[]> => {
    let models = services.get(service);
    if (!models) {
      models = new Map();
      services.set(service, models);
    }
    return models;
  };

  const find = (call: NamedCall, served = servedInstead(call)): UnassignedCalls | undefined => {
    const { service } = call;
    // A wrapper of one span names the model that it was asked for, though another one served.
    const requestModel = shortName(served ?? call.requestModel);
    const provider = shortName(call.provider);
    const models = modelsOf(service);
    const sameModel = models.get(requestModel);
    if (sameModel) for (const known of sameModel) if (known.provider === provider) return known;
    if (all.length === PER_BATCH) {
      unlisted++;
      return undefined;
    }
    const delta: UnassignedCalls = { service, provider, requestModel, calls: 0, lastSeen: 0, insteadOf: undefined };
    all.push(delta);
    if (sameModel) sameModel.push(delta);
    else models.set(requestModel, [delta]);
    return delta;
  };

  return {
    add(call, at) {
      const served = servedInstead(call);
      const delta = find(call, served);
      if (!delta) return;
      delta.calls++;
      if (at > delta.lastSeen) delta.lastSeen = at;
      if (served !== undefined) noteInsteadOf(delta, call.requestModel);
    },
    remove(call) {
      const delta = find(call);
      if (delta) delta.calls--;
    },
    mayStandIn(call, insteadOf) {
      const delta = find(call);
      if (delta) noteInsteadOf(delta, insteadOf);
    },
    values: () => all,
    get unlisted() {
      return unlisted;
    },
  };
}

function servedInstead({ requestModel, responseModel }: NamedCall): string | undefined {
  if (requestModel === undefined || responseModel === undefined || requestModel === responseModel) return undefined;
  return isOtherModel(requestModel, responseModel) ? responseModel : undefined;
}

/** The order in which calls come and traces are settled tells nothing. */
function noteInsteadOf(delta: UnassignedCalls, model: string | undefined): void {
  const name = shortName(model);
  if (name !== undefined && name > (delta.insteadOf ?? '')) delta.insteadOf = name;
}

function shortName(name: string | undefined): string | undefined {
  return name !== undefined && name.length <= NAME_LENGTH ? name : undefined;
}
