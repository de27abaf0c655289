/** What a command waits for, shown to a person at a terminal, and wiped away again: nothing of it stays in the output. */
import type { Io } from './io.ts';

/** Shorter waits show nothing. */
const PATIENCE_MS = 400;
const EVERY_MS = 250;
const FRAMES = ['·  ', '·· ', '···'];
const WIPE = '\r\u001b[2K';

/** Begins to show; `end` wipes it away. Silent where stderr is no terminal, or a dumb one. */
export function showProgress({ stderr, env }: Pick<Io, 'stderr' | 'env'>, text: string): { end(): void } {
  if (!stderr.isTTY || env.TERM === 'dumb') return { end: () => undefined };
  let frame = 0;
  let timer = setTimeout(function draw() {
    stderr.write(`${WIPE}warmspare: ${text} ${FRAMES[frame % FRAMES.length]}`);
    frame++;
    timer = setTimeout(draw, EVERY_MS);
  }, PATIENCE_MS);
  return {
    end: () => {
      clearTimeout(timer);
      if (frame > 0) stderr.write(WIPE);
    },
  };
}
