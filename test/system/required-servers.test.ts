import { expect, test } from 'vitest';
import { missingOf, setup } from './required-servers.ts';

test('a program that no directory of the search path has is missing', () => {
  expect(missingOf(['sh', 'no-such-server'], '/bin:/usr/bin')).toEqual(['no-such-server']);
  expect(missingOf(['sh'], '')).toEqual(['sh']);
});

test('a missing server fails the run with the command that installs it', () => {
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    expect(setup).toThrow(/prometheus.*bash test\/system\/install\.sh/);
  } finally {
    process.env.PATH = path;
  }
});
