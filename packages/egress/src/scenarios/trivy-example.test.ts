import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import { startSignedOrigin } from '../testing/signed-origin.ts';

const EXAMPLE = new URL('../../../../docs/examples/ask-trivy.mjs', import.meta.url).pathname;

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The example with a program `trivy` that prints `report`, and writes its arguments. */
async function startExample() {
  const folder = await mkdtemp(join(tmpdir(), 'trivy-'));
  const report = (text: string) => writeFile(join(folder, 'report'), text);
  const program = `#!/bin/sh\nprintf '%s' "$*" > '${folder}/arguments'\ncat '${folder}/report'\n`;
  await writeFile(join(folder, 'trivy'), program);
  await chmod(join(folder, 'trivy'), 0o755);
  const port = await findFreePort();
  const env = { PATH: `${folder}:${process.env.PATH}`, PORT: String(port) };
  const child = spawn(process.execPath, [EXAMPLE], { env, stdio: 'ignore' });
  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  await expect.poll(isUp, { timeout: 10_000 }).toBe(true);
  return {
    folder,
    url: `http://127.0.0.1:${port}/admit`,
    report,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

test('the example of the documents admits by what Trivy finds', async () => {
  await using origin = await startSignedOrigin();
  await using example = await startExample();
  const rule = { number: 1, images: ['**'], ask: { url: example.url, timeoutMs: 5_000 } };
  const options = { admission: { rules: [rule], ca: '' } };
  await using egress = await startFixture(origin.url, { options });
  const ask = async (name: string) => {
    origin.pushImage(name, name);
    const { status, body } = await egress.ask(`/v2/a/manifests/${name}`);
    return [status, status === 200 ? '' : JSON.parse(body).errors[0].message];
  };
  await example.report('{"Results":[{"Vulnerabilities":[]},{}]}');
  expect(await ask('clean')).toEqual([200, '']);
  const findings = [{ VulnerabilityID: 'CVE-2026-1' }, { VulnerabilityID: 'CVE-2026-1' }];
  await example.report(JSON.stringify({ Results: [{ Vulnerabilities: findings }] }));
  expect(await ask('bad')).toEqual([
    403,
    expect.stringMatching(/refused: critical: CVE-2026-1 \(/),
  ]);
  await example.report('panic');
  expect(await ask('broken')).toEqual([503, expect.stringMatching(/answered with status 500/)]);
}, 30_000);
