/**
 * A library that asks models of the AI SDK in turn: its list in, tries with ranks out. Which of them is asked is told by the model object
 * itself, so that calls at the same time do not mix.
 */
import { sameTarget } from '@warmspare/semconv';
import { fields, text } from '../base/read.ts';
import { guarded } from '../base/report.ts';
import { activeAsking, modelPlace, runAsking } from '../models/listed.ts';
import { watchModel } from '../models/watch.ts';
import type { LiveRecorder } from '../types/library.ts';
import { type Entry, type TargetList, targetList } from './target-list.ts';
import { startRun, type TargetRun } from './target-run.ts';

/** The list of one object that asks models. */
interface ModelList {
  /** In rank order: models, and names of models. */
  readonly models: readonly unknown[];
  /** Undefined while there is nothing to fall back on. */
  readonly list: TargetList | undefined;
}

const lists = new WeakMap<object, ModelList>();
/** Models that a list was seen to ask, which it did not name before. */
const found = new WeakMap<object, unknown[]>();
const MAX_FOUND = 8;

/** The list of `owner`, announced when it is built and each time it is another one. */
export function modelList(owner: object, system: string, given: readonly unknown[], live: LiveRecorder): ModelList {
  const models = distinct([...given, ...(found.get(owner) ?? [])]);
  const known = lists.get(owner);
  if (known !== undefined && isSame(known.models, models)) return known;
  for (const model of models) watchModel(model, live);
  const made = { models, list: targetList(system, models.flatMap(entryOf)) };
  lists.set(owner, made);
  return made;
}

/** The same model at the same place is a retry. */
function distinct(models: readonly unknown[]): readonly unknown[] {
  const places = models.map(modelPlace);
  return models.filter((_, index) => {
    const own = places[index];
    return own === undefined || !places.slice(0, index).some((other) => other !== undefined && sameTarget(other, own));
  });
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

function entryOf(model: unknown): Entry[] {
  const nested = typeof model === 'object' && model !== null ? lists.get(model)?.list : undefined;
  if (nested !== undefined) return [{ list: nested }];
  const place = modelPlace(model);
  return place === undefined ? [] : [{ place }];
}

interface Owned {
  readonly owner: object;
  readonly run: () => TargetRun | undefined;
}

const owned = new WeakMap<object, Owned>();

/** Runs `fn`, in which `owner` asks the models of its list. */
export function runModelList<T>(
  owner: object,
  system: string,
  given: () => readonly unknown[],
  live: LiveRecorder,
  fn: () => T,
): T {
  if (live() === undefined) return fn();
  const around = activeAsking();
  if (around !== undefined) {
    // It goes on with its own run, in the middle of a stream.
    const same = owned.get(around);
    if (same?.owner === owner && same.run()?.over !== true) return fn();
    if (same?.owner !== owner)
      return around.ask(owner, () => runAsking(undefined, () => runModelList(owner, system, given, live, fn)));
  }
  const known = guarded('a list of models could not be read', () => modelList(owner, system, given(), live), undefined);
  if (known === undefined) return fn();
  let { models } = known;
  let run = known.list && startRun(known.list);
  const asking = {
    ask<R>(model: unknown, next: () => R): R {
      let index = indexOf(models, model);
      if (index === -1) {
        const more = guarded(
          'a model of a list could not be read',
          () => seen(owner, system, given(), model, live),
          undefined,
        );
        models = more?.models ?? models;
        run = more?.list && startRun(more.list);
        index = indexOf(models, model);
      }
      return run === undefined || index === -1 ? next() : run.attempt(index, next);
    },
  };
  owned.set(asking, { owner, run: () => run });
  return runAsking(asking, fn);
}

/** The same object, else one of the same name at the same provider: names are made into models anew for each run. */
function indexOf(models: readonly unknown[], model: unknown): number {
  const exact = models.indexOf(model);
  if (exact !== -1) return exact;
  const { modelId, provider } = fields(model);
  return models.findIndex((each) => {
    if (typeof each === 'string') return each === modelId && text(provider)?.startsWith('gateway') === true;
    return fields(each).modelId === modelId && fields(each).provider === provider;
  });
}

/** A function of the user's chose a model: from here on it is one of the list. */
function seen(owner: object, system: string, given: readonly unknown[], model: unknown, live: LiveRecorder): ModelList {
  const known = found.get(owner) ?? [];
  if (known.length < MAX_FOUND) found.set(owner, [...known, model]);
  return modelList(owner, system, given, live);
}
