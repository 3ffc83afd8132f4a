import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BOOT_SECRET, basic, optionsIn } from './testing/egress-fixture.ts';
import { startOrigin } from './testing/origin.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Starts a real process, as the supervisor does. */
async function startProcess(url: string) {
  const dir = await mkdtemp(join(tmpdir(), 'egress-main-'));
  const options = optionsIn(dir, url);
  await writeFile(options.bootSecretFile, BOOT_SECRET);
  await writeFile(options.credentialsFile, '{}');
  await writeFile(options.clientCertificatesFile, '{}');
  await writeFile(join(dir, 'options.json'), JSON.stringify(options));
  // The socket of a killed predecessor.
  const stale = createServer().listen(options.socket);
  await once(stale, 'listening');
  const child = spawn(process.execPath, [MAIN, join(dir, 'options.json')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  child.stdout.on('data', (data) => lines.push(String(data)));
  await expect.poll(() => lines.join(''), { timeout: 10_000 }).toContain('"msg":"started"');
  const get = (path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: basic('up', BOOT_SECRET) };
      request({ socketPath: options.socket, path, headers, agent: false }, resolve)
        .on('error', reject)
        .end();
    });
  return {
    child,
    get,
    async residentBytes() {
      const page = await text(await get('/metrics'));
      return Number(/^process_resident_memory_bytes (\d+)/m.exec(page)?.[1]);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      stale.close();
      await rm(dir, { recursive: true });
    },
  };
}

const CHUNK = Buffer.alloc(1024 * 1024, 'x');
const CHUNKS = 400;

function bigDigest(): string {
  const hash = createHash('sha256');
  for (let count = 0; count < CHUNKS; count += 1) hash.update(CHUNK);
  return `sha256:${hash.digest('hex')}`;
}

test('a slow reader does not slow a fetch down, and a large blob does not grow the process', async () => {
  let sent = 0;
  await using origin = await startOrigin(async (_seen, response) => {
    response.writeHead(200, { 'content-length': String(CHUNKS * CHUNK.length) });
    for (; sent < CHUNKS; sent += 1) {
      if (!response.write(CHUNK)) await once(response, 'drain');
    }
    response.end();
  });
  await using egress = await startProcess(origin.url);
  const before = await egress.residentBytes();
  const response = await egress.get(`/v2/a/blobs/${bigDigest()}`);
  // The whole blob is fetched without a reader.
  await expect.poll(() => sent, { interval: 200, timeout: 40_000 }).toBe(CHUNKS);
  let read = 0;
  let peak = await egress.residentBytes();
  for await (const chunk of response) {
    const step = Math.floor(read / (20 * CHUNK.length));
    read += chunk.length;
    if (Math.floor(read / (20 * CHUNK.length)) > step)
      peak = Math.max(peak, await egress.residentBytes());
  }
  expect(read).toBe(CHUNKS * CHUNK.length);
  // At times some 100 MiB wait for the garbage collector, whatever the blob's size.
  expect(peak - before).toBeLessThan((CHUNKS * CHUNK.length) / 2);
}, 90_000);

test('after SIGTERM a running body ends, new requests are refused, and the status is 0', async () => {
  const body = Buffer.alloc(3_000_000, 'x');
  let finish = () => undefined as undefined;
  await using origin = await startOrigin((_seen, response) => {
    response.writeHead(200, { 'content-length': String(body.length) });
    response.write(body.subarray(0, 2_000_000));
    finish = () => void response.end(body.subarray(2_000_000));
  });
  await using egress = await startProcess(origin.url);
  const digest = createHash('sha256').update(body).digest('hex');
  const response = await egress.get(`/v2/a/blobs/sha256:${digest}`);
  const exit = once(egress.child, 'exit');
  egress.child.kill('SIGTERM');
  await expect
    .poll(() =>
      egress.get('/readyz').then(
        () => 'open',
        () => 'closed',
      ),
    )
    .toBe('closed');
  finish();
  expect(await text(response)).toHaveLength(3_000_000);
  expect(await exit).toEqual([0, null]);
});

test('unreadable options end the start with a status other than 0', async () => {
  const child = spawn(process.execPath, [MAIN, join(tmpdir(), 'no-such-options.json')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [complaint, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(status).toBe(1);
  expect(complaint).toContain('no-such-options.json');
});
