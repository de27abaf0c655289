/** Names come from spans: no command writes one that a terminal would obey, and `--json` keeps its value. */
import { expect, it } from 'vitest';
import type { StatusDocument } from '../output/status-json.ts';
import { fresh, statusOf } from './testdata/status.ts';
import { warmspare } from './testdata/warmspare.ts';

const NAME = 'evil\u001b]0;x\u0007\u009b2J\u202e\u2028\u007f\r\nname';
const row = { ...fresh, chain: NAME, target: NAME, service: NAME, sentence: NAME };
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/;

it.each([
  ['status', ['status']],
  ['status with what there is instead', ['status', '--chain', 'other']],
  ['status as JSON', ['status', '--json']],
  ['explain', ['explain', '--chain', NAME, '--target', NAME]],
  ['explain as JSON', ['explain', '--chain', NAME, '--target', NAME, '--json']],
  ['an unknown option', ['status', `--${NAME}`]],
])('%s', async (_, args) => {
  const { stdout, stderr } = await warmspare(args, statusOf([row]));
  expect(stdout + stderr).toContain('evil\\u001b');
  expect(stdout + stderr).not.toMatch(OBEYED);
});

it('keeps the value in JSON', async () => {
  const { stdout } = await warmspare(['status', '--json'], statusOf([row]));
  expect((JSON.parse(stdout) as StatusDocument).targets[0]?.chain).toBe(NAME);
});
