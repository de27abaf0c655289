/** What one file of this folder says of a dialect: which of its spans are model calls, and which attribute holds what. */

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

export interface Dialect {
  /** What tells a model call: one of these attributes with such a value. */
  readonly calls: readonly Sign[];
  /** What tells a span around calls, which often repeats what they used: it wins over `calls` of any dialect. */
  readonly around?: readonly Sign[];
  /** What tells a call that some cache answered: the model was not asked, so it shows nothing of the model. */
  readonly cached?: readonly Sign[];
  /** What tells a health check: a gateway's own call, which nobody needed. */
  readonly probes?: readonly Sign[];
  /** What tells a call for embeddings, which stands in for no other kind of call. */
  readonly embeddings?: readonly Sign[];
  /** What tells a span around the calls of one operation: where there are such, calls that belong together have different parents. */
  readonly holders?: readonly Sign[];
  /** What tells a span around holders; where calls stand directly below it, it is none. */
  readonly outerHolders?: readonly Sign[];
  /** What tells a call whose client gives each try a span. */
  readonly tries?: readonly Sign[];
  /** Attributes that name the place in the code that made the call, whatever the model. */
  readonly sites?: readonly string[];
  /** Attributes whose value the calls of one run share, whatever the model. */
  readonly runs?: readonly string[];
  /** What tells a call whose dialect writes a finish reason on every answer: without one it has none. */
  readonly finishing?: readonly Sign[];
  /** What tells a failure where the status does not. */
  readonly failures?: readonly Sign[];
  /** Of each fact the attributes that hold it, the first that is not empty wins; those of the dialect before come first. */
  readonly aliases: Partial<Readonly<Record<Field, readonly string[]>>>;
  /** Attributes whose text says several things. Asked for what no alias gave. */
  readonly texts?: readonly TextReader[];
}

export interface Sign {
  readonly key: string;
  readonly says: (value: string) => boolean;
}

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
}
