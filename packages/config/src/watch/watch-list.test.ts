import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPaths, unwrap } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { watchListPath, writeWatchList } from './watch-list.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'watch-list-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function listFor(environment: Record<string, string>): Promise<string[]> {
  const run = runPaths(dir);
  await mkdir(run.config, { recursive: true });
  await writeWatchList(unwrap(parseSettings(environment)), run, ['/policy/ca.pem']);
  return (await readFile(watchListPath(run), 'utf8')).split('\0');
}

it('the key of the certificate is watched where it has a file of its own', async () => {
  const plain = await listFor({ CONNECT_PROXY: 'off' });
  expect(plain).toContain('/certs/certs.pem');
  expect(plain).toContain('/policy/ca.pem');
  expect(plain.filter((file) => file !== '' && !file.startsWith('/'))).toEqual([]);
  const more = await listFor({ CONNECT_PROXY: 'off', CERTIFICATE_KEY_PATH: '/certs/tls.key' });
  expect(more.filter((file) => !plain.includes(file))).toEqual(['/certs/tls.key']);
});
