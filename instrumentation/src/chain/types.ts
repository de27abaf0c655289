/** What a user writes to declare a chain, what its targets give, and what a chain is then. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { CacheType, RouteType } from '@warmspare/semconv';

/** What a rung is told beside its input. */
export interface RungCall {
  /** The caller's signal joined with the rung's `timeout`: hand it to the client. Undefined where there is neither. */
  readonly signal: AbortSignal | undefined;
  /** What the rung before threw; undefined on the first. */
  readonly error: unknown;
}

/** One rung: how to try one target. */
export interface Rung<Input, Result, Value = Answered<Result>> {
  /** Low cardinality, unique in the chain. */
  readonly name: string;
  /** The first rung is the `primary`, and no other is. */
  readonly type: RouteType;
  /**
   * Resolves to a client's answer as it is, its stream, its text, `cached(value)` or a plain value; anything thrown makes the chain go on. So does
   * what is no answer: a body that holds an error alone, null in the place of one, nothing out of a cache, and, where the chain has a
   * schema, what nobody can read.
   */
  run(input: Input, call: RungCall): Result | PromiseLike<Result>;
  /**
   * Milliseconds until the rung is given up; its outcome is then `timeout`. Above 0, `Infinity` for none. It covers `run`, the schema check
   * and `accept`, and `when` by itself; for a stream, until the stream is there.
   */
  readonly timeout?: number | undefined;
  /** False makes the chain go on for `low_confidence`. Sees what the chain would resolve to. */
  accept?(value: Value): boolean | PromiseLike<boolean>;
  /** False passes this rung over for what the rung before threw. Not asked of the primary. */
  when?(error: unknown): boolean | PromiseLike<boolean>;
}

/** What `cached()` returns; the chain resolves to `value`. */
export class Cached<T> {
  readonly value: T;
  /** Seconds, never negative; undefined where the caller did not say. */
  readonly age: number | undefined;
  readonly type: CacheType;

  constructor(value: T, age: number | undefined, type: CacheType) {
    this.value = value;
    this.age = age;
    this.type = type;
  }
}

/** What the chain resolves to where a rung resolves to `Result`. */
export type Answered<Result> = Result extends Cached<infer Value> ? Value : Result;

/**
 * Each rung has a type parameter of its own, so that the compiler infers `accept` from its neighbour `run`; a mapped type would
 * infer neither that nor the input. From the seventh on, rungs share one.
 */
export interface ChainOptions<Input, A, B, C, D, E, F, G> {
  readonly schema?: undefined;
  readonly shadow?: ShadowOptions | undefined;
  readonly targets: readonly [
    Rung<Input, A>,
    Rung<Input, B>?,
    Rung<Input, C>?,
    Rung<Input, D>?,
    Rung<Input, E>?,
    Rung<Input, F>?,
    ...Rung<Input, G>[],
  ];
}

/** A ladder that is built at run time: its rungs resolve to one type. */
export interface UniformChainOptions<Input, Result> {
  readonly schema?: undefined;
  readonly shadow?: ShadowOptions | undefined;
  readonly targets: readonly Rung<Input, Result>[];
}

/** A ladder with a contract: every rung's answer is parsed and validated, and the chain resolves to the schema's output. */
export interface SchemaChainOptions<Input, Schema extends StandardSchemaV1> {
  /** Every rung's output is held against it: zod or any other Standard Schema. */
  readonly schema: Schema;
  readonly shadow?: ShadowOptions | undefined;
  readonly targets: readonly Rung<Input, unknown, StandardSchemaV1.InferOutput<Schema>>[];
}

/**
 * A share of the inputs that the primary answered is given to fallbacks, too, whose answers are judged and thrown away. It costs what they
 * cost. The input is shared: a target must not change it.
 */
export interface ShadowOptions {
  /** 0 to 1. */
  readonly share: number;
  /** Names of targets below the primary, in turn; the first one where it is left out. */
  readonly targets?: readonly string[] | undefined;
  /** How many run at once; 2 where it is left out. What would be one more is left out. */
  readonly maxConcurrent?: number | undefined;
  /** What they may cost, as `1 USD/day`. */
  readonly budget?: string | undefined;
}

/** What one run of a chain is told beside its input. */
export interface RunOptions {
  /** Aborting it ends the run: no further rung is tried. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the rungs in order until one answers. Rejects with an AggregateError of the rungs' errors where none does, and with the
 * signal's reason or the client's abort error where the caller gave up.
 */
export type Chain<Input, Value> = (
  ...args: undefined extends Input ? [input?: Input, options?: RunOptions] : [input: Input, options?: RunOptions]
) => Promise<Value>;
