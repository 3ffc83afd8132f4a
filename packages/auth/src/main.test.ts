import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AuthOptions } from '@registry-cache/domain';
import { hashSync } from 'bcryptjs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'auth-main-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('starts over a leftover socket, answers, and ends on SIGTERM', async () => {
  const options = await writeInputs();
  await writeFile(options.socket, '');
  const child = spawn(process.execPath, [MAIN, join(directory, 'auth.json')]);
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, 'line');
  expect(JSON.parse(line)).toMatchObject({ program: 'auth', msg: 'started' });

  expect((await stat(options.socket)).mode & 0o777).toBe(0o600);
  const asked = request({ socketPath: options.socket, path: '/token', auth: 'ann:secret' }).end();
  const [response] = await once(asked, 'response');
  expect(response.resume().statusCode).toBe(200);
  await vi.waitUntil(async () => {
    const metrics = await readFile(join(directory, 'auth.prom'), 'utf8').catch(() => '');
    return metrics.includes('registry_cache_auth_checks_total{outcome="accepted"} 1\n');
  }, 5_000);

  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});

test('does not start without a good htpasswd file', async () => {
  const options = await writeInputs();
  await writeFile(options.htpasswdFile, 'nonsense\n');
  const child = spawn(process.execPath, [MAIN, join(directory, 'auth.json')]);
  const [code] = await once(child, 'exit');
  expect(code).not.toBe(0);
});

async function writeInputs() {
  const options = {
    logLevel: 'info',
    logFormat: 'json',
    storeRoot: directory,
    socket: join(directory, 'auth.sock'),
    htpasswdFile: join(directory, 'htpasswd'),
    issuersFile: join(directory, 'issuers.json'),
    accessFile: join(directory, 'access.json'),
    egressSocket: join(directory, 'egress.sock'),
    bootSecretFile: join(directory, 'boot-secret'),
    tokenKeyFile: join(directory, 'token-key.pem'),
    metricsDir: directory,
  } satisfies AuthOptions;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(options.bootSecretFile, 'boot-secret\n');
  await writeFile(options.accessFile, '{"registries": {}}');
  await writeFile(options.issuersFile, '{"issuers": [], "ca": ""}');
  await writeFile(options.htpasswdFile, `ann:${hashSync('secret', 4)}\n`);
  await writeFile(options.tokenKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(join(directory, 'auth.json'), JSON.stringify(options));
  return options satisfies AuthOptions;
}
