/**
 * Finds the records of a damaged file without SQLite: it reads every leaf page that looks like one, in the file and in its log, and takes
 * the cells whose checksum is right. https://www.sqlite.org/fileformat2.html
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { checksum } from '../records.ts';
import type { LogFile } from './log-file.ts';

export interface CarvedRecord {
  readonly key: string;
  readonly body: string;
  readonly crc: number;
}

export interface CarvedHashes {
  readonly seq: number;
  readonly at: number;
  readonly hashes: Uint8Array;
  readonly crc: number;
}

export interface Carved {
  record(found: CarvedRecord): void;
  hashes(found: CarvedHashes): void;
}

/** The page size of every file of ours. */
const PAGE_SIZE = 4096;
const TABLE_LEAF = 0x0d;
/** What a table's leaf page can hold of a row before the rest goes to other pages. */
const MAX_LOCAL = PAGE_SIZE - 35;
const MIN_LOCAL = Math.floor(((PAGE_SIZE - 12) * 32) / 255) - 23;
/** More than any record has. */
const MAX_PAYLOAD = 64 * 1024 * 1024;

/** A page's bytes, the newest; undefined past the end. */
type ReadPage = (number: number) => Buffer | undefined;

/** Tells of each record that is whole, some more than once: then the later one is no older. `path` may lead to no file. */
export function carve(path: string, log: LogFile | undefined, found: Carved): void {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
  } catch {
    // Its log may be all there is.
  }
  try {
    const filePages = file === undefined ? 0 : Math.floor(fstatSync(file).size / PAGE_SIZE);
    const inLog = log?.pageSize === undefined || log.pageSize === PAGE_SIZE ? log?.pages : undefined;
    const read: ReadPage = (number) => {
      const logged = inLog?.get(number);
      if (logged !== undefined) return logged;
      if (file === undefined || number < 1 || number > filePages) return undefined;
      const page = Buffer.allocUnsafe(PAGE_SIZE);
      return readSync(file, page, 0, PAGE_SIZE, (number - 1) * PAGE_SIZE) === PAGE_SIZE ? page : undefined;
    };
    const free = freePages(read);
    for (let number = 1; number <= filePages; number++) if (!free.has(number)) carvePage(number, read, found);
    for (const number of inLog?.keys() ?? []) {
      if (number > filePages && !free.has(number)) carvePage(number, read, found);
    }
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Pages that are not in use: what they hold is from before. */
function freePages(read: ReadPage): ReadonlySet<number> {
  const free = new Set<number>();
  let trunk = read(1)?.readUInt32BE(32) ?? 0;
  while (trunk !== 0 && !free.has(trunk)) {
    const page = read(trunk);
    if (page === undefined) break;
    free.add(trunk);
    const leaves = Math.min(page.readUInt32BE(4), PAGE_SIZE / 4 - 2);
    for (let at = 0; at < leaves; at++) free.add(page.readUInt32BE(8 + at * 4));
    trunk = page.readUInt32BE(0);
  }
  return free;
}

function carvePage(number: number, read: ReadPage, found: Carved): void {
  const page = read(number);
  const start = number === 1 ? 100 : 0;
  if (page === undefined || page[start] !== TABLE_LEAF) return;
  const cells = page.readUInt16BE(start + 3);
  for (let index = 0; index < cells; index++) {
    const pointer = start + 8 + index * 2;
    if (pointer + 2 > PAGE_SIZE) return;
    try {
      carveCell(page, page.readUInt16BE(pointer), read, found);
    } catch {
      // The cell points out of its page.
    }
  }
}

function carveCell(page: Buffer, at: number, read: ReadPage, found: Carved): void {
  const [size, afterSize] = readVarint(page, at);
  const [rowid, from] = readVarint(page, afterSize);
  if (size > MAX_PAYLOAD) return;
  const payload = readPayload(page, from, size, read);
  if (payload === undefined) return;
  const values = readValues(payload);
  const [first, second, third, fourth] = values;
  if (values.length === 3 && typeof first === 'string' && typeof second === 'string' && typeof third === 'number') {
    if (third === checksum(first, second)) found.record({ key: first, body: second, crc: third });
  } else if (values.length === 4 && first === null && typeof second === 'number' && typeof fourth === 'number') {
    if (third instanceof Uint8Array && fourth === checksum(String(second), third)) {
      found.hashes({ seq: rowid, at: second, hashes: third, crc: fourth });
    }
  }
}

function readPayload(page: Buffer, from: number, size: number, read: ReadPage): Buffer | undefined {
  if (size <= MAX_LOCAL) return from + size <= PAGE_SIZE ? page.subarray(from, from + size) : undefined;
  const fitting = MIN_LOCAL + ((size - MIN_LOCAL) % (PAGE_SIZE - 4));
  const local = fitting <= MAX_LOCAL ? fitting : MIN_LOCAL;
  const parts = [page.subarray(from, from + local)];
  let missing = size - local;
  let next = page.readUInt32BE(from + local);
  while (missing > 0) {
    const overflow = read(next);
    if (overflow === undefined) return undefined;
    parts.push(overflow.subarray(4, 4 + Math.min(missing, PAGE_SIZE - 4)));
    missing -= PAGE_SIZE - 4;
    next = overflow.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

type Value = string | number | Uint8Array | null;

/** https://www.sqlite.org/fileformat2.html#record_format. Throws where a value ends behind the payload. */
function readValues(payload: Buffer): Value[] {
  const [headerSize, afterSize] = readVarint(payload, 0);
  const values: Value[] = [];
  let at = headerSize;
  for (let header = afterSize; header < headerSize; ) {
    const [type, next] = readVarint(payload, header);
    header = next;
    const [value, length] = readValue(payload, at, type);
    values.push(value);
    at += length;
    if (at > payload.length || values.length > 4) throw new RangeError('no record of ours');
  }
  return values;
}

const INTEGER_LENGTHS = [0, 1, 2, 3, 4, 6, 8];

function readValue(payload: Buffer, at: number, type: number): [value: Value, length: number] {
  if (type === 0) return [null, 0];
  const length = INTEGER_LENGTHS[type];
  if (length === 8) return [Number(payload.readBigInt64BE(at)), length];
  if (length !== undefined) return [payload.readIntBE(at, length), length];
  if (type === 7) return [payload.readDoubleBE(at), 8];
  if (type === 8 || type === 9) return [type - 8, 0];
  const size = (type - (type % 2 === 0 ? 12 : 13)) / 2;
  const bytes = payload.subarray(at, at + size);
  return [type % 2 === 0 ? bytes : bytes.toString(), size];
}

/** Throws where it ends behind the bytes. */
function readVarint(bytes: Buffer, from: number): [value: number, next: number] {
  let value = 0;
  for (let at = from; at < from + 8; at++) {
    const byte = bytes.readUInt8(at);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, at + 1];
  }
  return [value * 256 + bytes.readUInt8(from + 8), from + 9];
}
