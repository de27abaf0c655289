/**
 * LiteLLM's sentence of which fallbacks failed, too: it stands in the error that comes back when all of them did, and nowhere else is said
 * that they were called. Nothing else of a message is read, and nothing of it kept. Pure.
 *
 * Sources: litellm/router.py, seen running at 1.108 and 1.110; the older form is of versions before 1.100.
 */
import { errorClass } from './errors.ts';

/** What the sentence says. */
export interface FailedGroups {
  /** The model group that was asked for. */
  readonly group: string;
  /** The groups that were tried after it, in order. */
  readonly fallbacks: readonly string[];
  /** How the only fallback failed; of several it is not said whose error it is. */
  readonly errorType: string | undefined;
}

/** Longer messages are read up to here. */
const MESSAGE_LENGTH = 16_384;
const MAX_NAMES = 16;
const MAX_NAME_LENGTH = 200;

const SENTENCES: readonly RegExp[] = [
  /LiteLLM: model group '([^'\n]{1,200})' failed with the error above\. Fallback to ([^\n]{1,4000}?) also failed: (?:litellm\.(\w{1,64}))?/g,
  /Received Model Group=([^\n]{1,200})\nAvailable Model Group Fallbacks=\[([^\n]{1,4000}?)\]\nError doing the fallback: (?:litellm\.(\w{1,64}))?/g,
];

/** Undefined where the message does not say it; `asked`: or says it of another group than this one. */
export function failedGroups(message: string, asked?: string): FailedGroups | undefined {
  const text = message.slice(0, MESSAGE_LENGTH);
  for (const sentence of SENTENCES) {
    for (const [, group = '', list = '', word = ''] of text.matchAll(sentence)) {
      if (asked !== undefined && group !== asked) continue;
      const fallbacks = list
        .split(', ')
        .map((name) => name.replace(/^(['"])(.*)\1$/, '$2'))
        .filter((name) => name.length <= MAX_NAME_LENGTH && /^[^'"{}[\]]+$/.test(name))
        .slice(0, MAX_NAMES);
      if (fallbacks.length === 0) return undefined;
      const errorType = fallbacks.length === 1 && errorClass(word) !== undefined ? word : undefined;
      return { group, fallbacks, errorType };
    }
  }
  return undefined;
}
