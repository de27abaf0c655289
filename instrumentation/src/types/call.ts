/**
 * What a client's call looks like to the rest of this package: a request when it begins, an answer when it ends. Types only.
 * Text stands here for as long as it is judged and no longer; `recorded-call.ts` writes none of it.
 */
import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import type { CacheType, CostSource, FinishOutcome, GenAiOperationName } from '@warmspare/semconv';
import type { Declaration } from './declaration.ts';
import type { DrilledAttempt } from './drill.ts';

/** What is known when a call begins. */
export interface CallRequest {
  readonly operation: GenAiOperationName;
  /** `gen_ai.provider.name`. */
  readonly provider: string;
  readonly model: string | undefined;
  readonly server: Server | undefined;
  /** The host is a provider's own: no gateway stands before it. */
  readonly direct?: boolean | undefined;
  readonly stream: boolean;
  readonly outputType: 'text' | 'json' | undefined;
  /** The JSON Schema that the provider was asked to keep to: a format of the output, or the input of the tool that it must call. */
  readonly schema: object | undefined;
  /** That tool's name, where the schema is one's. */
  readonly schemaTool?: string | undefined;
  /** The static system prompt, for its fingerprint only. */
  readonly systemPrompt: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** The terms that the caller asks for. */
  readonly billing?: Billing | undefined;
  /** The fallbacks that the request names itself. */
  readonly declared?: Declaration | undefined;
  /** Where it names several lists, and only the answer tells which of them ran. */
  readonly ladders?: readonly Declaration[] | undefined;
  /** The user's name for the chain, whoever declares it. */
  readonly chain?: string | undefined;
  /** Where the client starts a span of its own. */
  readonly native?: NativeTracing | undefined;
}

/** A way to run a client's method and come by the span that it starts. */
export interface NativeTracing {
  /** The span is undefined where the client started none after all. `tracer` is any of the app's SDK. */
  run<T>(
    attributes: Attributes,
    fn: () => T,
    tracer: () => Tracer | undefined,
  ): { readonly result: T; readonly span: Span | undefined };
}

/** The host that a client calls. */
export interface Server {
  readonly address: string;
  /** A TCP port. */
  readonly port: number | undefined;
}

/** What an answer says, the whole of it or as much of a stream as was read. */
export interface CallAnswer {
  readonly id?: string | undefined;
  /** The model that answered; of a stream that changed hands, the one that went on with it. */
  readonly model?: string | undefined;
  /** Another model went on with a stream that one had begun: a gateway fell back after its headers had been sent. */
  readonly changedModel?: boolean | undefined;
  /** In the provider's words, one a choice. */
  readonly finishReasons?: readonly string[] | undefined;
  /** How it ended: the worst of its choices, by their words, their refusals and the errors in them. Undefined while it has not. */
  readonly finish?: FinishOutcome | undefined;
  /** It ended as the answer of a model, whatever it is worth: `finish` is there and no failure. */
  readonly complete: boolean;
  readonly usage?: TokenUsage | undefined;
  /** What was written, where somebody will judge it. */
  readonly text?: string | undefined;
  /** The tools that it calls, where somebody will judge their input. */
  readonly toolInputs?: readonly ToolInput[] | undefined;
  /** The caller stopped reading a stream before its terminal reason. */
  readonly brokenOff?: boolean | undefined;
  /** What the error in an answer says, as `error.type`. */
  readonly errorType?: string | undefined;
  /** The provider's own word that one of its fallbacks served. */
  readonly servedBy?: 'fallback' | undefined;
  /** The models that it says declined before, the first one first. */
  readonly declined?: readonly string[] | undefined;
  /** The terms that the answer was given on: they go before those of the request. */
  readonly billing?: Billing | undefined;
  /** It came out of a cache in the app's own process: no model was asked. */
  readonly cache?: CacheType | undefined;
  /** US dollars, as a gateway reports them beside the tokens. 0 means free, never unknown. */
  readonly usageCost?: number | undefined;
  /** What a gateway reports beside the message. */
  readonly providerMetadata?: unknown;
  /** What Azure's model router reports of the models that it tried. */
  readonly modelSelection?: unknown;
}

/** One call of a tool. */
export interface ToolInput {
  readonly name: string | undefined;
  /** Text is JSON. */
  readonly input: unknown;
}

/** Gives a response header by its lower-case name. */
export type ReadHeader = (name: string) => string | undefined;

/** Tokens by kind; `input` includes the cached ones, read and written, and `output` the reasoning, whatever a provider counts in. */
export interface TokenUsage {
  /** Tokens of the request, the cached ones included. */
  readonly input?: number | undefined;
  /** Tokens of the answer, the reasoning included. */
  readonly output?: number | undefined;
  /** Tokens of the input that were read from the provider's cache. */
  readonly cacheRead?: number | undefined;
  /** Tokens of the input that were written to the provider's cache. */
  readonly cacheWrite?: number | undefined;
  /** Of `cacheWrite`, what is kept for an hour: Anthropic asks more for it. */
  readonly cacheWriteHour?: number | undefined;
  /** Tokens of the output that the answer does not show. */
  readonly reasoning?: number | undefined;
}

/** Terms that set what a call costs apart from the price list, each in the provider's own word. */
export interface Billing {
  /** `service_tier` of OpenAI, Groq and Anthropic. */
  readonly tier?: string | undefined;
  /** Anthropic's `speed`. */
  readonly speed?: string | undefined;
  /** Anthropic's `inference_geo`. */
  readonly geo?: string | undefined;
  /** More than tokens of text is paid for (audio, tools billed by the call), or by a key of the caller's own behind the gateway. */
  readonly extras?: boolean | undefined;
}

/** What a call cost. */
export interface Cost {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly source: CostSource;
  /** The price list's name of the model. */
  readonly model: string | undefined;
}

/** An answer, and how its client read it. */
export interface ReadAnswer {
  /** What the client resolved to; undefined for a stream. */
  readonly value: unknown;
  readonly streamed: boolean;
  readonly answer: CallAnswer;
}

/** Gathers a streamed answer, chunk by chunk. */
export interface AnswerReader {
  read(chunk: unknown): void;
  answer(): CallAnswer;
}

/** How the answers of one API are read, whichever client gives them. None of the functions may change what it is given. */
export interface AnswerFormat {
  /** Whether a value is such an answer. Strict: a user's own value is never taken for one. */
  isAnswer(value: unknown): boolean;
  /** Reads what a client resolved to. `output`: text and tool inputs, too. */
  answer(body: unknown, output: boolean): CallAnswer;
  /** Whether a value is a chunk of such an answer's stream. */
  isChunk(value: unknown): boolean;
  reader(output: boolean): AnswerReader;
  /** The stream in what a client resolved to, where that is an object around one. */
  streamIn?(value: unknown): AsyncIterable<unknown> | undefined;
}

/** How one method of a client is read. */
export interface Operation extends AnswerFormat {
  /** `resource`: the object that the method was called on. Undefined: not a call that we know how to read, leave it alone. */
  request(resource: unknown, ...args: readonly unknown[]): CallRequest | undefined;
  /** Where the request may name fallbacks. Left out: nowhere. */
  declaring?(resource: unknown, ...args: readonly unknown[]): Declaring;
}

/** The parts of a request that may name fallbacks. */
export interface Declaring {
  readonly body: unknown;
  /** Headers that the caller set, on the request before those on the client: `Headers`, or objects with names in any case. */
  readonly headers?: readonly unknown[] | undefined;
  /** Entries of Anthropic's refusal middleware. */
  readonly middleware?: readonly unknown[];
}

/** A call under way. One of the last three ends it; the first one to come counts. */
export interface Call {
  readonly request: CallRequest;
  /** Runs `fn` with the call's span active, so that HTTP spans become its children. */
  run<T>(fn: () => T): T;
  /** The drill that makes the call fail, where one does. */
  readonly injection?: DrilledAttempt | undefined;
  /** Whether anybody would read what the answer says; where not, it need not be read. */
  readonly wanted: boolean;
  /** Whether somebody will judge the output. */
  readonly readsOutput: boolean;
  /** Whether a gateway may have written into the response's headers. */
  readonly readsHeaders: boolean;
  /** An answer was read. Comes before its end: the attempt around the call goes by it, whether or not anybody records. */
  answered(read: ReadAnswer): void;
  /** An answer, or as much of a stream as was read before the caller left it. `at`: when, of the monotonic clock in ms; now if left out. */
  end(answer: CallAnswer, header?: ReadHeader, at?: number): void;
  /** What the client threw, with what a stream had said until then. */
  fail(error: unknown, answer?: CallAnswer, header?: ReadHeader): void;
  /** The caller took the raw response, or nothing: nobody here saw the answer, so nothing is said about its outcome. `at` as for `end`. */
  unread(at?: number): void;
}
