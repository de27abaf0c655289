/** What a command may touch of the world, handed in by the entry file so that commands can be called in tests. */
import type { Environment } from '../config/config.ts';

/** One stream that people or other programs read. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Columns of the terminal; `undefined` where it is none. */
  readonly columns: number | undefined;
}

/** A running command's surroundings. */
export interface Io {
  readonly env: Environment;
  readonly version: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Epoch ms. */
  readonly now: () => number;
  readonly fetch: typeof fetch;
  /** Resolves when the user or the system asks the process to end, with the signal's name. */
  readonly untilStopped: () => Promise<string>;
  /** Calls back whenever a reload is asked for (SIGHUP). */
  readonly onReload: (reload: () => void) => void;
}

/** 0 fine, 1 not fresh, 2 wrong use or cannot tell, 70 a defect of Warmspare (sysexits EX_SOFTWARE). */
export type ExitCode = 0 | 1 | 2 | 70;
