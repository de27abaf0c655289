/** The bearer tokens that are accepted in, a yes or no for a header out. It never compares in a time that depends on the token. */
import { createHash, timingSafeEqual } from 'node:crypto';

export type IsAuthorized = (header: string | undefined) => boolean;

/** `tokens`: one a line, so that a new one can be accepted beside the old; undefined accepts everybody. */
export function createAuth(tokens: string | undefined): IsAuthorized {
  if (tokens === undefined) return () => true;
  const accepted = tokens
    .split(/\s+/)
    .filter((token) => token !== '')
    .map(digest);
  return (header) => {
    const [, token] = /^bearer +(\S+) *$/i.exec(header ?? '') ?? [];
    if (token === undefined) return false;
    const given = digest(token);
    // Every token is compared, and digests have one length: the time tells nothing.
    return accepted.filter((each) => timingSafeEqual(each, given)).length > 0;
  };
}

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
