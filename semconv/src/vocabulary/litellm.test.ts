import { expect, it } from 'vitest';
import { failedGroups } from './litellm.ts';

const BOTH = `litellm.InternalServerError: InternalServerError: OpenAIException - The server had an error

LiteLLM: model group 'two' failed with the error above. Fallback to gpt-4.1-mini, claude-haiku also failed: litellm.RateLimitError: RateLimitError: x`;

it('the groups that failed after the one that was asked for are read from LiteLLM’s own sentence', () => {
  expect(failedGroups(BOTH)).toEqual({
    group: 'two',
    fallbacks: ['gpt-4.1-mini', 'claude-haiku'],
    errorType: undefined,
  });
});

it('the error of an only fallback is its own', () => {
  const one =
    "LiteLLM: model group 'a' failed with the error above. Fallback to b also failed: litellm.AuthenticationError: x";
  expect(failedGroups(one)).toEqual({ group: 'a', fallbacks: ['b'], errorType: 'AuthenticationError' });
});

it('where a group is asked for, the sentence counts that names it, and no other', () => {
  const both = `You said: LiteLLM: model group 'x' failed with the error above. Fallback to y also failed: no. ${BOTH}`;
  expect(failedGroups(both, 'two')?.fallbacks).toEqual(['gpt-4.1-mini', 'claude-haiku']);
  expect(failedGroups(both, 'three')).toBeUndefined();
});

it('older versions say it in lines', () => {
  const lines = `oops. Received Model Group=a\nAvailable Model Group Fallbacks=['b', 'c']\nError doing the fallback: litellm.X: y`;
  expect(failedGroups(lines)).toEqual({ group: 'a', fallbacks: ['b', 'c'], errorType: undefined });
});

it.each([
  ['an error without it', 'litellm.RateLimitError: RateLimitError: OpenAIException - Rate limit reached'],
  ['fallbacks that were not tried', 'Received Model Group=a\nAvailable Model Group Fallbacks=None'],
  [
    'lists of other things',
    "Received Model Group=a\nAvailable Model Group Fallbacks=[{'a': ['b']}]\nError doing the fallback: x",
  ],
  ['an empty text', ''],
])('%s says nothing', (_, message) => {
  expect(failedGroups(message)).toBeUndefined();
});
