/** The bearer tokens that are accepted in, a yes or no for a header out. It never compares in a time that depends on the token. */
import { createHash, timingSafeEqual } from 'node:crypto';

export type IsAuthorized = (header: string | undefined) => boolean;

/**
 * `tokens`: what is accepted now, one a line, so that a new one can be accepted beside the old; asked for each header, since they
 * may be read anew. Undefined accepts everybody.
 */
export function createAuth(tokens: () => string | undefined): IsAuthorized {
  let read: string | undefined;
  let accepted: readonly Buffer[] = [];
  return (header) => {
    const now = tokens();
    if (now === undefined) return true;
    if (now !== read) {
      read = now;
      accepted = now
        .split(/\s+/)
        .filter((token) => token !== '')
        .map(digest);
    }
    const [, token] = /^bearer +(\S+) *$/i.exec(header ?? '') ?? [];
    if (token === undefined) return false;
    const given = digest(token);
    // Every token is compared, and digests have one length: the time tells nothing.
    return accepted.filter((each) => timingSafeEqual(each, given)).length > 0;
  };
}

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
