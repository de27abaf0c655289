/** What one batch says of calls that no chain claims: how many there were, by service, model and provider. Bounded. */
import type { ServiceIdentity } from '../types/span.ts';

export interface UnassignedDelta {
  readonly service: ServiceIdentity;
  readonly provider: string | undefined;
  readonly requestModel: string | undefined;
  calls: number;
  lastSeen: number;
}

export interface StagedCalls {
  add(call: Pick<UnassignedDelta, 'service' | 'provider' | 'requestModel'>, at: number): void;
  values(): readonly UnassignedDelta[];
  /** Calls that the list had no room for. */
  readonly unlisted: number;
}

/** Distinct models and providers that one batch may list. */
const PER_BATCH = 200;
/** Characters of their names. A longer one is left out: cut off, it would match nothing. */
const NAME_LENGTH = 256;

export function createStagedCalls(): StagedCalls {
  const all: UnassignedDelta[] = [];
  /** By service and model, those of each provider: a span finds them without making an id. */
  const services = new Map<ServiceIdentity, Map<string | undefined, UnassignedDelta[]>>();
  let unlisted = 0;

  const modelsOf = (service: ServiceIdentity): Map<string | undefined, UnassignedDelta[]> => {
    let models = services.get(service);
    if (!models) {
      models = new Map();
      services.set(service, models);
    }
    return models;
  };

  return {
    add(call, at) {
      const { service } = call;
      const requestModel = shortName(call.requestModel);
      const provider = shortName(call.provider);
      const models = modelsOf(service);
      const sameModel = models.get(requestModel);
      if (sameModel)
        for (const known of sameModel) {
          if (known.provider !== provider) continue;
          known.calls++;
          if (at > known.lastSeen) known.lastSeen = at;
          return;
        }
      if (all.length === PER_BATCH) {
        unlisted++;
        return;
      }
      const delta: UnassignedDelta = { service, provider, requestModel, calls: 1, lastSeen: at };
      all.push(delta);
      if (sameModel) sameModel.push(delta);
      else models.set(requestModel, [delta]);
    },
    values: () => all,
    get unlisted() {
      return unlisted;
    },
  };
}

function shortName(name: string | undefined): string | undefined {
  return name !== undefined && name.length <= NAME_LENGTH ? name : undefined;
}
