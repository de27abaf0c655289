/** What the test and the app's process say to each other. */

export interface Order {
  /** Of the case to run. */
  readonly name: string;
}

export interface Reply {
  readonly name: string;
  /** What the app got, as text. */
  readonly result: string;
  /** The messages of the channel `llm_fallback:call`. */
  readonly messages: readonly unknown[];
}
