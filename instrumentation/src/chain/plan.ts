/** A chain's options in, checked and made ready for its runs. What is wrong with them is thrown at declaration, never in a run. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { RouteType } from '@warmspare/semconv';
import type { DeclaredSchema } from '../types/attempt.ts';
import { declareSchema } from './schema.ts';
import type { Rung } from './types.ts';

export interface Plan {
  readonly chain: string;
  readonly rungs: readonly Rung<unknown, unknown, unknown>[];
  readonly targetNames: readonly string[];
  readonly targetTypes: readonly RouteType[];
  readonly schema: StandardSchemaV1 | undefined;
  readonly declared: DeclaredSchema | undefined;
  /** What runs beside the user's path. */
  shadow?: { after(input: unknown): void } | undefined;
}

/** Throws a TypeError that names the chain and what to change. */
export function createPlan(
  chain: string,
  rungs: readonly Rung<unknown, unknown, unknown>[],
  schema: StandardSchemaV1 | undefined,
): Plan {
  const targetNames = Object.freeze(rungs.map(({ name }) => name));
  const targetTypes = Object.freeze(rungs.map(({ type }) => type));
  checkTargets(chain, targetNames, targetTypes);
  checkTimeouts(chain, rungs);
  return {
    chain,
    rungs: [...rungs],
    targetNames,
    targetTypes,
    schema,
    declared: schema && declareSchema(schema),
  };
}

/** What must hold of a chain's targets however it is declared. */
export function checkTargets(chain: string, names: readonly string[], types: readonly RouteType[]): void {
  const wrong = (what: string): TypeError => new TypeError(`chain ${JSON.stringify(chain)}: ${what}`);
  if (typeof chain !== 'string' || chain === '') throw wrong('the name must be a string that is not empty');
  if (names.length === 0) throw wrong('name at least one target');
  if (names.some((name) => typeof name !== 'string' || name === '')) throw wrong('every target needs a name');
  const twice = names.find((name, rank) => names.indexOf(name) !== rank);
  if (twice !== undefined) throw wrong(`two targets are named ${JSON.stringify(twice)}; evidence is kept by name`);
  if (types[0] !== 'primary') throw wrong("the first target must have the type 'primary'");
  if (types.lastIndexOf('primary') !== 0) throw wrong("only the first target may have the type 'primary'");
}

/** A timeout of 0 would be an outage by a slip of the pen, and NaN none at all. */
function checkTimeouts(chain: string, rungs: readonly Rung<unknown, unknown, unknown>[]): void {
  for (const { name, timeout } of rungs) {
    if (timeout === undefined || (typeof timeout === 'number' && timeout > 0)) continue;
    const given = typeof timeout === 'number' ? String(timeout) : typeof timeout;
    throw new TypeError(
      `chain ${JSON.stringify(chain)}: the timeout of ${JSON.stringify(name)} must be a number of milliseconds above 0 ` +
        `(Infinity for none), not ${given}`,
    );
  }
}
