/**
 * The tokens that are accepted and a header go in, what the caller may write comes out. It never compares in a time that depends on the
 * token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { glob } from '../base/glob.ts';
import type { ServiceIdentity } from '../types/span.ts';

/** The tokens of one file, separated by white space, so that a new one can be accepted beside the old. */
export interface TokenSet {
  readonly tokens: string;
  /**
   * Globs of `service.name`, or of `service.namespace/service.name` where they contain a slash; whoever has the token may write
   * rows of these services only. Undefined: of every service.
   */
  readonly services: readonly string[] | undefined;
}

/** Undefined asks nobody for a token. Another list, by identity, is read anew. */
export type Tokens = readonly TokenSet[] | undefined;

/** Whether a caller may write the rows of a service. */
export type MayWrite = (service: ServiceIdentity) => boolean;

/** What the caller with this `authorization` header may write; undefined for one who may not even ask. */
export type Authorize = (header: string | undefined) => MayWrite | undefined;

export const MAY_WRITE_ALL: MayWrite = () => true;

export function createAuth(tokens: () => Tokens): Authorize {
  let read: Tokens;
  let accepted: readonly Accepted[] = [];
  return (header) => {
    const now = tokens();
    if (now === undefined) return MAY_WRITE_ALL;
    if (now !== read) {
      read = now;
      accepted = now.flatMap(acceptedOf);
    }
    const token = tokenIn(header ?? '');
    if (token === undefined) return undefined;
    const given = digest(token);
    // Every token is compared, and digests have one length: the time tells nothing.
    const found = accepted.filter((each) => timingSafeEqual(each.digest, given));
    if (found.length <= 1) return found[0]?.mayWrite;
    return (service) => found.some(({ mayWrite }) => mayWrite(service));
  };
}

/** Which of the tokens, bound to services, may write a service: the services of one token have one sender. Undefined where none is bound to it. */
export function createSenders(tokens: () => Tokens): (service: ServiceIdentity) => string | undefined {
  let read: Tokens;
  let bound: readonly MayWrite[] = [];
  return (service) => {
    const now = tokens();
    if (now !== read) {
      read = now;
      bound = (now ?? []).flatMap(({ services }) => (services === undefined ? [] : [writerOf(services)]));
    }
    const sender = bound.findIndex((mayWrite) => mayWrite(service));
    return sender < 0 ? undefined : `token ${sender}`;
  };
}

interface Accepted {
  readonly digest: Buffer;
  readonly mayWrite: MayWrite;
}

function acceptedOf({ tokens, services }: TokenSet): readonly Accepted[] {
  const mayWrite = services === undefined ? MAY_WRITE_ALL : writerOf(services);
  const texts = tokens.split(/\s+/).filter((token) => token !== '');
  return texts.map((token) => ({ digest: digest(token), mayWrite }));
}

function writerOf(services: readonly string[]): MayWrite {
  const tests = services.map((pattern) => {
    const matches = glob(pattern);
    const withNamespace = pattern.includes('/');
    return ({ namespace, name }: ServiceIdentity) => matches(withNamespace ? `${namespace}/${name}` : name);
  });
  return (service) => tests.some((test) => test(service));
}

/** The token of `Bearer`, or the password of HTTP Basic, whatever its user (RFC 6750, RFC 7617). */
function tokenIn(header: string): string | undefined {
  const [, scheme = '', credentials] = /^(bearer|basic) +(\S+) *$/i.exec(header) ?? [];
  if (credentials === undefined || scheme.toLowerCase() === 'bearer') return credentials;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
