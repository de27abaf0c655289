import { describe, expect, it } from 'vitest';
import { createKeyTable } from '../base/keys.ts';
import { createNormaliser } from '../normalise/normalise.ts';
import type { Call } from '../types/evidence.ts';
import type { Span } from '../types/span.ts';
import { createCallRecords } from './call-record.ts';

const keys = createKeyTable();
const normaliser = createNormaliser(keys, 256);

function spanWith(words: number): Span {
  return {
    service: { namespace: '', name: 'support-api', environment: '' },
    ids: new Uint32Array(6).fill(words),
    parent: new Uint32Array(2).fill(words),
    exceptionType: undefined,
    unsampled: false,
    name: '',
    startTime: 1,
    endTime: 2,
    statusCode: 0,
    values: [],
    resource: [],
  };
}

const SPAN = spanWith(7);
const CALL = { ...normaliser.read(SPAN, { anySpan: false, cachedCalls: false }) } as Call;

describe('the record of a call', () => {
  it('is used again, and then holds every field of the new call and nothing of the old one', () => {
    const records = createCallRecords();
    const marked = (mark: string): Call =>
      Object.fromEntries(Object.keys(CALL).map((field) => [field, `${field} ${mark}`])) as unknown as Call;
    const first = records.take(SPAN, marked('old'));
    records.giveBack([first]);
    const next = spanWith(9);
    const second = records.take(next, marked('new'));
    expect(second).toBe(first);
    expect({ ...second.call, ids: undefined }).toEqual({ ...marked('new'), ids: undefined });
    expect([second.traceId, second.spanId, second.parentId]).toEqual([
      '00000009'.repeat(4),
      '00000009'.repeat(2),
      '00000009'.repeat(2),
    ]);
  });

  it('belongs to one call only, as long as it is kept', () => {
    const records = createCallRecords();
    expect(records.take(SPAN, CALL)).not.toBe(records.take(SPAN, CALL));
  });
});
