/** The one error that a decoder throws: what is wrong with the bytes, and where. It never carries any of their content. */

/** The request is not what its content type says. The sender must not send it again: OTLP answers 400 or INVALID_ARGUMENT. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
  /** In bytes from the start of the decoded body; undefined where the decoder does not know. */
  readonly offset: number | undefined;

  constructor(problem: string, offset?: number) {
    super(offset === undefined ? problem : `${problem} at byte ${offset}`);
    this.offset = offset;
  }
}
