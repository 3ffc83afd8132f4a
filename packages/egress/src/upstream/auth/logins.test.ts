import type { CredentialsFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import type { HelperResult } from './credential-helper.ts';
import { ANONYMOUS, basicAuthorization } from './login.ts';
import { createLogins } from './logins.ts';

const HELPER: CredentialsFile = {
  up: { kind: 'helper', program: 'ecr', serverUrl: 'https://reg.example.com' },
};

function withHelper(...results: Partial<HelperResult>[]) {
  const calls: string[][] = [];
  let now = 0;
  const logins = createLogins({
    read: async () => HELPER,
    now: () => now,
    cloud: { current: async () => ANONYMOUS, replace: async () => undefined },
    runHelper: async (program, input) => {
      calls.push([program, input]);
      return { failed: false, timedOut: false, stdout: '', ...results[calls.length - 1] };
    },
  });
  return { logins, calls, advance: (ms: number) => (now += ms) };
}

const answer = (Username: string, Secret: string) => ({
  stdout: JSON.stringify({ ServerURL: 'x', Username, Secret }),
});

test('asks a helper for the server and keeps the answer for a minute', async () => {
  const { logins, calls, advance } = withHelper(answer('AWS', 'one'), answer('AWS', 'two'));
  const first = await logins.current('up');
  await logins.current('up');
  expect(calls).toEqual([['ecr', 'https://reg.example.com']]);
  expect(basicAuthorization(first)).toBe(`Basic ${btoa('AWS:one')}`);
  advance(60_000);
  expect(basicAuthorization(await logins.current('up'))).toBe(`Basic ${btoa('AWS:two')}`);
});

test('asks the helper again at once if the upstream refused the login', async () => {
  const { logins, calls } = withHelper(answer('AWS', 'one'), answer('AWS', 'two'));
  await logins.current('up');
  logins.refused('up');
  await logins.current('up');
  expect(calls).toHaveLength(2);
});

test('reads the user name <token> as an identity token', async () => {
  const { logins } = withHelper(answer('<token>', 'refresh'));
  expect(await logins.current('up')).toMatchObject({ kind: 'identity-token' });
});

test('is anonymous if the helper does not know the server', async () => {
  const { logins } = withHelper({
    failed: true,
    stdout: 'credentials not found in native keychain',
  });
  expect(await logins.current('up')).toMatchObject({ kind: 'anonymous' });
  expect(await logins.current('other')).toMatchObject({ kind: 'anonymous' });
});

test.each([
  [
    { failed: true, stdout: 's3cret' },
    'docker-credential-ecr get failed for https://reg.example.com',
  ],
  [{ failed: true, timedOut: true }, 'docker-credential-ecr gave no answer within 15s'],
  [
    { stdout: '{"Username":"s3cret"}' },
    'docker-credential-ecr get answered with something other than JSON with Username and Secret',
  ],
])('names a helper that fails, without its output', async (result, message) => {
  const { logins, calls, advance } = withHelper(result, answer('AWS', 'one'));
  await expect(logins.current('up')).rejects.toThrow(message);
  await expect(logins.current('up')).rejects.toThrow(message);
  expect(calls).toHaveLength(1);
  advance(5000);
  expect(await logins.current('up')).toMatchObject({ kind: 'basic' });
});
