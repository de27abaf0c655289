/** Pieces of text go in, a stream of their bytes comes out, at the pace of whoever reads it. It never holds more than one piece. */

const encoder = new TextEncoder();

/** Takes the next piece when the reader wants one and none after the reader has gone away; what the pieces throw, the reader gets. */
export function textStream(pieces: Generator<string, void, undefined>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        const { done, value } = pieces.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel() {
        pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}
