/**
 * Notes in a file of its own which commit was the newest. SQLite takes a log that was cut for one that ended there, and a file that was
 * removed for one that never was. The note is not synced: after a power failure it may be behind, never ahead.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { OWNER_ONLY } from './repair.ts';

export interface Newest {
  /** The number that was noted when the file was opened; 0 where there was none. */
  readonly noted: number;
  note(commit: number): void;
  close(): void;
}

/** Where the note cannot be written, there is none. */
export function openNewest(path: string): Newest {
  const name = `${path}-newest`;
  const noted = read(name);
  const bytes = Buffer.alloc(8);
  let file: number | undefined;
  try {
    file = openSync(name, noted === 0 ? 'w+' : 'r+', OWNER_ONLY);
  } catch {
    // A log that was cut would not be noticed.
  }
  return {
    noted,
    note(commit) {
      if (file === undefined) return;
      bytes.writeBigUInt64BE(BigInt(commit));
      try {
        writeSync(file, bytes, 0, bytes.length, 0);
      } catch {
        // As above.
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function read(name: string): number {
  try {
    const bytes = readFileSync(name);
    return bytes.length === 8 && bytes[0] === 0 && bytes[1] === 0 ? Number(bytes.readBigUInt64BE()) : 0;
  } catch {
    return 0;
  }
}
