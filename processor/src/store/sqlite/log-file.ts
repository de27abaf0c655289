/**
 * Reads SQLite's write-ahead log without SQLite: which pages its whole transactions have, and whether what follows them is the rest of a
 * write that a crash cut off or damage. SQLite itself drops everything behind the first frame that it cannot read, and says nothing.
 * https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { readFileSync } from 'node:fs';

export interface LogFile {
  /** Bytes of the file. */
  readonly size: number;
  readonly pageSize: number | undefined;
  /** The newest image of each page, up to the last transaction whose end is in the file. Where there is damage, from frames behind it as well. */
  readonly pages: ReadonlyMap<number, Buffer>;
  /** Why frames of committed transactions cannot be trusted. */
  readonly damage: string | undefined;
  /** The file ends within a transaction, as after a crash: it was never acknowledged. */
  readonly endsWithin: boolean;
}

const HEADER = 32;
const FRAME = 24;
const LITTLE_ENDIAN = 0x377f0682;
const BIG_ENDIAN = 0x377f0683;

/** Undefined where there is no such file. */
export function readLog(path: string): LogFile | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const size = bytes.length;
  const empty: LogFile = { size, pageSize: undefined, pages: new Map(), damage: undefined, endsWithin: false };
  if (size <= HEADER) return size === 0 ? empty : { ...empty, damage: 'its log has no frame' };
  const header = readHeader(bytes);
  // Without a header the first frame says what the others look like.
  const salts = header?.salts ?? bytes.toString('latin1', HEADER + 8, HEADER + 16);
  const pageSize = header?.pageSize ?? 4096;

  const pages = new Map<number, Buffer>();
  let open: [page: number, image: Buffer][] = [];
  let chain = header?.sum;
  let isWhole = header !== undefined;
  let framesBehind = 0;
  let isTorn = false;
  let at = HEADER;
  for (; at + FRAME + pageSize <= size; at += FRAME + pageSize) {
    const isCurrent = bytes.toString('latin1', at + 8, at + 16) === salts;
    const image = bytes.subarray(at + FRAME, at + FRAME + pageSize);
    if (isWhole && header && chain) {
      if (isCurrent) {
        chain = add(add(chain, bytes, at, 8, header.isLittle), bytes, at + FRAME, pageSize, header.isLittle);
        isWhole = chain[0] === bytes.readUInt32BE(at + 16) && chain[1] === bytes.readUInt32BE(at + 20);
      } else isWhole = false;
      if (!isWhole) {
        // A process that was killed between a frame's head and its page leaves what was there before: another turn's page, or nothing.
        isTorn = at + 2 * (FRAME + pageSize) <= size || image.every((byte) => byte === 0);
        if (isCurrent) framesBehind++;
        continue;
      }
    } else if (!isCurrent) continue;
    else framesBehind++;
    open.push([bytes.readUInt32BE(at), image]);
    if (bytes.readUInt32BE(at + 4) === 0) continue;
    for (const [page, whole] of open) pages.set(page, whole);
    open = [];
  }
  const damage =
    header === undefined
      ? 'the head of its log is damaged'
      : framesBehind > (isTorn ? 1 : 0)
        ? 'a page of its log is damaged'
        : undefined;
  return {
    size,
    pageSize: header?.pageSize,
    pages,
    damage,
    endsWithin: open.length > 0 || framesBehind > 0 || at < size,
  };
}

type Sum = readonly [number, number];

interface Header {
  readonly isLittle: boolean;
  readonly pageSize: number;
  readonly salts: string;
  readonly sum: Sum;
}

function readHeader(bytes: Buffer): Header | undefined {
  const magic = bytes.readUInt32BE(0);
  if (magic !== LITTLE_ENDIAN && magic !== BIG_ENDIAN) return undefined;
  const isLittle = magic === LITTLE_ENDIAN;
  const sum = add([0, 0], bytes, 0, 24, isLittle);
  if (sum[0] !== bytes.readUInt32BE(24) || sum[1] !== bytes.readUInt32BE(28)) return undefined;
  const pageSize = bytes.readUInt32BE(8);
  if (pageSize < 512 || pageSize > 65_536) return undefined;
  return { isLittle, pageSize, salts: bytes.toString('latin1', 16, 24), sum };
}

function add([first, second]: Sum, bytes: Buffer, from: number, length: number, isLittle: boolean): Sum {
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, length);
  let [a, b] = [first, second];
  for (let at = 0; at < length; at += 8) {
    a = (a + view.getUint32(at, isLittle) + b) >>> 0;
    b = (b + view.getUint32(at + 4, isLittle) + a) >>> 0;
  }
  return [a, b];
}
