/**
 * The `id` and `model` of a stream's chunks in; whose answer the stream is, and whether it changed hands on the way, out. LiteLLM goes
 * on with a fallback in the stream that the primary began, and the headers that it sent before still name the primary.
 */
import { sameModel } from '@warmspare/semconv';
import type { CallAnswer } from '../types/call.ts';

export interface StreamSource {
  /** What a chunk says; what it leaves out stays as it was. */
  saw(id: string | undefined, model: string | undefined): void;
  answered(): Pick<CallAnswer, 'id' | 'model' | 'changedModel'>;
}

export function streamSource(): StreamSource {
  let id: string | undefined;
  let model: string | undefined;
  let changedModel = false;
  return {
    saw(nextId, nextModel) {
      if (nextModel !== undefined && nextModel !== model && model !== undefined) {
        // An alias that is spelled out is the same answer, unless its id says otherwise. An id alone says nothing: some servers give
        // each chunk its own.
        const restarted = id !== undefined && nextId !== undefined && nextId !== id;
        if (restarted || !sameModel(model, nextModel)) {
          changedModel = true;
          id = nextId;
          model = nextModel;
        }
      }
      id ??= nextId;
      model ??= nextModel;
    },
    answered: () => ({ id, model, changedModel }),
  };
}
