import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { forgetRequests, READINESS_AGENT, readRequests } from './registry-log.ts';

test("a registry's own log is read, without the testbed's requests", async () => {
  await using folder = await makeTemporaryFolder('log');
  const file = join(folder.path, 'access.log');
  const line = (agent: string) =>
    `127.0.0.1 - - [23/Nov/2026:04:20:40 +0000] "GET /v2/ HTTP/1.1" 200 2 "" "${agent}"\n`;
  await writeFile(file, `${line(READINESS_AGENT)}noise\n${line('curl/8')}`);
  expect(await readRequests(file)).toEqual([
    { method: 'GET', path: '/v2/', status: 200, bytes: 2, agent: 'curl/8' },
  ]);
  await forgetRequests(file);
  expect(await readRequests(file)).toEqual([]);
});
