import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { createFolder, runProgram } from '../testing/run-program.ts';

function writeInput(name: string, content: string): string {
  const path = join(createFolder(), name);
  writeFileSync(path, content);
  return path;
}

it('lists the paths of each registry, its URL and the kind of its login', async () => {
  const pullSecret = writeInput(
    'pull-secret.json',
    JSON.stringify({
      auths: {
        'quay.io': { username: 'me', password: 'not-to-be-seen' },
        'reg.example.com:5000': {},
      },
      credHelpers: { 'ghcr.io': 'gh' },
    }),
  );
  const policy = writeInput(
    'registry-cache.yaml',
    'upstreams: {"reg.example.com:5000": {url: "http://10.0.0.1:5000", aliases: [lab]}}',
  );
  const outcome = await runProgram(['check', '--pull-secret', pullSecret, '--policy', policy]);
  expect(outcome).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: [
      'ghcr.io: /v2/ghcr.io/ from https://ghcr.io, helper',
      'quay.io: /v2/quay.io/ from https://quay.io, basic',
      'reg.example.com:5000: /v2/reg.example.com:5000/ /v2/reg.example.com_5000/ /v2/lab/ from http://10.0.0.1:5000, anonymous',
      'all input is good',
      '',
    ].join('\n'),
  });
});

it('lists every issue, and no secret', async () => {
  const pullSecret = writeInput(
    'pull-secret.json',
    '{"auths": {"quay.io": {"auth": "not-to-be-seen"}, "Bad Key": {}}}',
  );
  const { exitCode, stdout, stderr } = await runProgram(['check', '--pull-secret', pullSecret]);
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toEqual([
    `registry-cache: ${pullSecret} auths["quay.io"].auth: found 14 characters; accepted: base64 of user:password`,
    expect.stringMatching(/auths\["Bad Key"\]: found "Bad Key"; accepted: a registry host as /),
  ]);
});

it('warns of variables of distribution, which have no effect here', async () => {
  const pullSecret = writeInput('pull-secret.json', '{"auths": {"quay.io": {}}}');
  const args = ['check', '--pull-secret', pullSecret];
  const { exitCode, stderr } = await runProgram(args, { REGISTRY_PROXY_TTL: '1h' });
  expect(exitCode).toBe(0);
  expect(stderr).toBe('registry-cache: nothing reads the variable REGISTRY_PROXY_TTL\n');
});

it('warns of passwords with cheap hashes', async () => {
  const pullSecret = writeInput('pull-secret.json', '{"auths": {"quay.io": {}}}');
  const htpasswd = writeInput('htpasswd', `ann:$2y$05$${'a'.repeat(53)}\n`);
  const { exitCode, stderr } = await runProgram(['check', '--pull-secret', pullSecret], {
    REGISTRY_AUTH: 'htpasswd',
    REGISTRY_AUTH_HTPASSWD_PATH: htpasswd,
  });
  expect(exitCode).toBe(0);
  expect(stderr).toContain('bcrypt of a cost below 10 for 1 of 1 user');
  expect(stderr).not.toMatch(/ann|aaa/);
});

it('reads the lists that are followed, and names those that are missing or broken', async () => {
  const pullSecret = writeInput('pull-secret.json', '{"auths": {"quay.io": {}}}');
  const good = writeInput('good', 'quay.io/a/b:v1\nquay.io/a/c:v1\n');
  const bad = writeInput('bad', 'other.test/a/b\n');
  const check = (...lists: string[]) => {
    const warm = lists.map((list) => ({ list, every: '6h' }));
    const policy = writeInput('registry-cache.yaml', JSON.stringify({ warm }));
    return runProgram(['check', '--pull-secret', pullSecret, '--policy', policy]);
  };
  const first = await check(good);
  expect([first.exitCode, first.stderr]).toEqual([0, '']);
  expect(first.stdout).toContain(`${good}: warmed every 6h, 2 entries\nall input is good\n`);
  const second = await check(good, bad, '/none');
  expect([second.exitCode, second.stdout]).toEqual([
    1,
    expect.stringContaining('2 followed lists cannot be used'),
  ]);
  expect(second.stderr).toContain(`${bad}: line 1: found "other.test/a/b"`);
  expect(second.stderr).toContain('/none: ENOENT');
});

it('refuses a followed list that is a folder, a pipe or far too long', async () => {
  const pullSecret = writeInput('pull-secret.json', '{"auths": {"quay.io": {}}}');
  const long = writeInput('long', '');
  const pipe = `${long}.pipe`;
  truncateSync(long, 8 * 1024 ** 3);
  execFileSync('mkfifo', [pipe]);
  const warm = [dirname(long), pipe, long].map((list) => ({ list, every: '6h' }));
  const policy = writeInput('registry-cache.yaml', JSON.stringify({ warm }));
  const check = await runProgram(['check', '--pull-secret', pullSecret, '--policy', policy]);
  expect(check.stdout).toContain('3 followed lists cannot be used');
  expect(check.stderr).toContain(`${dirname(long)}: found no plain file`);
  expect(check.stderr).toContain(`${pipe}: found no plain file`);
  expect(check.stderr).toMatch(/long: found .* or more; accepted: a list of at most 32/);
});
