import { readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { SPAN_REJECT_REASONS } from '@warmspare/semconv';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../base/errors.ts';
import { createRequestRejections } from '../output/self-metrics.ts';
import { MalformedRequest } from './malformed.ts';
import * as refusals from './refusal.ts';

const RETRY_AFTER = 3;
const all: readonly refusals.Refusal[] = [
  refusals.toRefusal(new MalformedRequest('cut off'), RETRY_AFTER),
  refusals.unauthorized(),
  refusals.wrongHost(),
  refusals.otherSite(),
  refusals.unknownPath('/v1/logs'),
  refusals.unknownMethod('/Export'),
  refusals.tooManyValues(1),
  refusals.tooManyFields(1),
  refusals.wrongMethod(),
  refusals.wrongContentType('text/plain'),
  refusals.wrongEncoding('br'),
  refusals.tooLarge(1),
  refusals.overloaded(RETRY_AFTER),
  refusals.tooSlow(RETRY_AFTER),
  refusals.toRefusal(new StoreUnavailable('disk full'), RETRY_AFTER),
];

/** Rows of the table in the README: HTTP, gRPC, reason. */
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8').split('\n');
const documented = readme
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('a refusal', () => {
  it.each(all.map((refusal) => [`${refusal.httpStatus} ${refusal.reason}`, refusal] as const))(
    '%s is answered as the README says, and asks to come again only where that helps',
    (_, { httpStatus, grpcCode, reason, retryAfter }) => {
      const row = documented.find(([, code, , cell]) => cell === `\`${reason}\`` && code?.includes(String(httpStatus)));
      expect(row?.[1]).toContain(String(httpStatus));
      // By gRPC there is no content type to choose.
      if (reason !== 'unsupported') expect(row?.[2]).toBe(`\`${status[grpcCode]}\``);
      expect(retryAfter).toBe([429, 503].includes(httpStatus) ? RETRY_AFTER : undefined);
    },
  );

  it('has a reason that the README explains, unless it is a defect', () => {
    const reasons = [...createRequestRejections().counts.keys()].filter((reason) => reason !== 'internal');
    const explained = documented.map((cells) => cells[3]?.replaceAll('`', ''));
    expect([...new Set(explained)]).toEqual(reasons.toSorted(byTable));
  });

  it('of a single span has a reason that the README explains', () => {
    const ofRequests = createRequestRejections().counts;
    for (const reason of SPAN_REJECT_REASONS)
      if (!ofRequests.has(reason)) expect(readme).toContainEqual(expect.stringMatching(`^\\| \`${reason}\` \\|`));
  });
});

const order = documented.map((cells) => cells[3]);
const byTable = (a: string, b: string): number => order.indexOf(`\`${a}\``) - order.indexOf(`\`${b}\``);
