import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askHelper, runHelper } from './credential-helper.ts';
import { basicAuthorization } from './login.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'helper-'));
  vi.stubEnv('PATH', `${dir}:${process.env.PATH}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

async function install(name: string, script: string): Promise<void> {
  await writeFile(join(dir, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, `docker-credential-${name}`), 0o755);
}

test('runs a real helper with the argument "get" and the server on its input', async () => {
  await install(
    'echo',
    'read -r server || true; printf \'{"Username":"%s","Secret":"%s"}\' "$1" "$server"',
  );
  const login = await askHelper('echo', 'https://reg.example.com', runHelper);
  expect(basicAuthorization(login)).toBe(`Basic ${btoa('get:https://reg.example.com')}`);
});

test('names a helper that is not installed', async () => {
  await expect(askHelper('missing', 'reg.example.com', runHelper)).rejects.toThrow(
    'docker-credential-missing get failed for reg.example.com',
  );
});
