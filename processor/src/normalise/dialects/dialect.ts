/** What one file of this folder says of a dialect: which of its spans are model calls, and which attribute holds what. */
import { jobOf, surroundingsOf } from '@warmspare/semconv';
import type { TargetList } from '../../types/evidence.ts';

/** Facts of a call that dialects name differently. */
export type Field =
  | 'requestModel'
  | 'responseModel'
  | 'provider'
  | 'inputTokens'
  | 'outputTokens'
  | 'errorType'
  | 'finishReason'
  | 'costAmount'
  | 'costCurrency'
  | 'promptName'
  | 'promptVersion'
  | 'promptFingerprint';

/** How a dialect says where in the code a call is made. Two calls that name two of one kind are of two jobs. */
export const SITE_KINDS = ['function', 'agent', 'workflow', 'task'] as const;
export type SiteKind = (typeof SITE_KINDS)[number];

export interface Site {
  readonly kind: SiteKind;
  /** The attribute that names it. */
  readonly key: string;
  /** Read on such spans only. */
  readonly on?: Sign;
}

export interface Dialect {
  /** What tells a model call: one of these attributes with such a value. */
  readonly calls: readonly Sign[];
  /** What tells a span around calls, which often repeats what they used: it wins over `calls` of any dialect. */
  readonly around?: readonly Sign[];
  /** What tells a call that some cache answered: the model was not asked, so it shows nothing of the model. */
  readonly cached?: readonly Sign[];
  /** What tells a health check: a gateway's own call, which nobody needed. */
  readonly probes?: readonly Sign[];
  /** What tells a span around the calls of one operation: where there are such, calls that belong together have different parents. */
  readonly holders?: readonly Sign[];
  /** What tells a span around holders; where calls stand directly below it, it is none: an agent may make many. */
  readonly outerHolders?: readonly Sign[];
  /** What tells a span whose calls have nothing to do with those beside it: a tool, a retriever, a guard. */
  readonly apart?: readonly Sign[];
  /** Attributes whose value is the operation: which of them one has tells the job. */
  readonly operations?: readonly string[];
  /** What tells a call whose client gives each try a span. */
  readonly tries?: readonly Sign[];
  /** Attributes that tell that spans around a call, or beside it, may know better how it ended. */
  readonly held?: readonly string[];
  /** Attributes that name the place in the code that made the call, whatever the model. */
  readonly sites?: readonly Site[];
  /** Attributes whose value the calls of one run share, whatever the model. */
  readonly runs?: readonly string[];
  /** What tells that such a value is of a whole request to a gateway: calls of two requests do two jobs. */
  readonly requests?: readonly Sign[];
  /** Attributes that name the gateway's group that a call was for: what its fallbacks are a list of. */
  readonly groups?: readonly string[];
  /** Attributes that say what the model puts out. */
  readonly outputTypes?: readonly string[];
  /** Host name and port of the server. */
  readonly addresses?: readonly string[];
  readonly ports?: readonly string[];
  /** Attributes that hold the finish reasons of choices after the first. */
  readonly otherChoices?: readonly string[];
  /** What tells a call whose dialect writes a finish reason on every answer: without one it has none. */
  readonly finishing?: readonly Sign[];
  /** Attributes that number a failed attempt, where the call around it tells of it once it is over: another record of it stands beside it. */
  readonly retold?: readonly string[];
  /** Where a span names all targets of the chain that the calls below try, or its own call does. */
  readonly chains?: ChainReader;
  /** What tells a failure where the status does not. */
  readonly failures?: readonly Sign[];
  /** Of each fact the attributes that hold it, the first that is not empty wins; those of the dialect before come first. */
  readonly aliases: Partial<Readonly<Record<Field, readonly string[]>>>;
  /** Attributes whose text says several things. Asked for what no alias gave. */
  readonly texts?: readonly TextReader[];
  /** Where both stand on a span: how the output is recorded, and what it was to keep to. */
  readonly recorded?: RecordedReader;
}

export interface Sign {
  readonly key: string;
  readonly says: (value: string) => boolean;
}

/** What operations say of their spans, in any dialect's words. */
export const isJob = (operation: string): boolean => jobOf(operation) !== undefined;
export const isNoJob = (operation: string): boolean => operation !== '' && jobOf(operation) === undefined;
export const isApart = (operation: string): boolean => surroundingsOf(operation) === 'apart';
export const isAgent = (operation: string): boolean => surroundingsOf(operation) === 'agent';
export const isStep = (operation: string): boolean => surroundingsOf(operation) === 'step';

export interface TextReader {
  readonly key: string;
  /** What the text says; nothing where it is not what was expected. Never throws and keeps nothing of the text. */
  readonly read: (text: string) => TextFacts;
}

export interface TextFacts {
  readonly requestModel?: string | undefined;
  readonly errorType?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly costAmount?: number | undefined;
  readonly schemaFingerprint?: string | undefined;
  /** Of the server, as a URL. */
  readonly url?: string | undefined;
}

/** A chain that a library declares by the models of its targets, the primary first. The same object for the same chain. */
export interface DeclaredChain {
  readonly name: string;
  readonly models: readonly string[];
  readonly targets: TargetList;
}

export interface ChainReader {
  /** Attributes that may list the models. */
  readonly lists: readonly string[];
  /** Attributes that may name the chain. */
  readonly names: readonly string[];
  /** Undefined where the text is no list. */
  readonly read: (list: string, name: string | undefined) => DeclaredChain | undefined;
}

/** What a request asked for: a text that is JSON, or, where a tool is named, such an input of it. */
export interface DeclaredOutput {
  readonly schema: object;
  readonly tool?: string | undefined;
}

/** What one choice of an answer holds. */
export interface RecordedOutput {
  readonly text: string | undefined;
  readonly tools: readonly ToolInput[];
}

export interface ToolInput {
  readonly name: string | undefined;
  /** As JSON text, or as what it says. */
  readonly input: unknown;
}

/** The values of the attributes that a reader names, in its order. */
export type Texts = readonly (string | undefined)[];

/** How a dialect records what was asked for and what came. Neither function throws or keeps anything of an output. */
export interface RecordedReader {
  /** Attributes; where the first is missing nothing was asked for. */
  readonly asked: readonly [string, ...string[]];
  readonly declared: (asked: Texts) => readonly DeclaredOutput[];
  readonly answered: readonly string[];
  readonly outputs: (answered: Texts) => readonly RecordedOutput[];
}
