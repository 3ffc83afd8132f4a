import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Appliance, basicAuthorization, makeImage, pushBundle } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, ask, errorOf, startHosted } from './hosted-stage.ts';
import { killProgram, readMetric } from './inside.ts';
import { openStage, type Stage } from './stage.ts';

const MIB = 1024 * 1024;
const UPLOADS = '/v2/apps/team/big/blobs/uploads/';
let stage: Stage;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  appliance = await startHosted(stage, '60M');
});

afterAll(() => stage[Symbol.asyncDispose]());

const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function startUpload(): Promise<string> {
  const { status, headers } = await ask(appliance, 'POST', UPLOADS, ANN);
  expect(status).toBe(202);
  return headers.location ?? '';
}

/** A request whose body is written by the caller, piece by piece. */
function open(method: string, path: string): ClientRequest {
  const sending = request(new URL(path, appliance.url), {
    method,
    ca: appliance.ca,
    headers: { authorization: basicAuthorization(ANN), 'content-type': 'application/octet-stream' },
  });
  sending.on('error', () => undefined);
  return sending;
}

async function write(sending: ClientRequest, bytes: Uint8Array): Promise<void> {
  if (!sending.write(bytes)) await once(sending, 'drain');
}

/** The end of what has arrived. */
async function arrived(location: string): Promise<number> {
  const { status, headers } = await ask(appliance, 'GET', location, ANN);
  if (status !== 204) return -1;
  const end = Number(headers.range?.split('-')[1]);
  return end === 0 ? 0 : end + 1;
}

const finish = (location: string, bytes: Uint8Array, from: number) =>
  ask(appliance, 'PUT', `${location}?digest=${digestOf(bytes)}`, ANN, {
    body: bytes.subarray(from),
    headers: { 'content-type': 'application/octet-stream' },
  });

const blobPath = (bytes: Uint8Array) => `/v2/apps/team/big/blobs/${digestOf(bytes)}`;

async function removeBlob(bytes: Uint8Array): Promise<void> {
  expect((await ask(appliance, 'DELETE', blobPath(bytes), ANN)).status).toBe(202);
}

describe('an upload that breaks off', () => {
  it('goes on at the byte that arrived last', async () => {
    const bytes = randomBytes(8 * MIB);
    const location = await startUpload();
    const sending = open('PATCH', location);
    await write(sending, bytes.subarray(0, 5 * MIB));
    await sleep(500);
    sending.destroy();
    const from = await arrived(location);
    expect(from).toBeGreaterThan(4 * MIB);
    expect((await ask(appliance, 'GET', blobPath(bytes), ANN)).status).toBe(404);
    expect((await finish(location, bytes, from)).status).toBe(201);
    const whole = await ask(appliance, 'GET', blobPath(bytes), ANN);
    expect(digestOf(whole.body)).toBe(digestOf(bytes));
    await removeBlob(bytes);
  });

  it('is taken over from a connection that still seems to be there', async () => {
    const bytes = randomBytes(4 * MIB);
    const location = await startUpload();
    const hanging = open('PATCH', location);
    await write(hanging, bytes.subarray(0, 2 * MIB));
    await sleep(500);
    const from = await arrived(location);
    expect(from).toBe(2 * MIB);
    expect((await finish(location, bytes, from)).status).toBe(201);
    hanging.destroy();
    await removeBlob(bytes);
  });

  it.each(['hosted', 'hosted-engine'])('goes on after kill -9 of %s', async (program) => {
    const bytes = randomBytes(8 * MIB);
    const location = await startUpload();
    const sending = open('PATCH', location);
    await write(sending, bytes.subarray(0, 5 * MIB));
    await sleep(500);
    await killProgram(appliance, program);
    sending.destroy();
    let from = -1;
    await expect
      .poll(async () => {
        from = await arrived(location);
        return from;
      })
      .toBeGreaterThanOrEqual(0);
    expect((await ask(appliance, 'GET', blobPath(bytes), ANN)).status).toBe(404);
    await expect.poll(async () => (await finish(location, bytes, from)).status).toBe(201);
    const whole = await ask(appliance, 'GET', blobPath(bytes), ANN);
    expect(digestOf(whole.body)).toBe(digestOf(bytes));
    await removeBlob(bytes);
  });
});

describe('a push past the room', () => {
  const image = makeImage({ seed: 'small' });

  it('gets 507 in the shape of the protocol, and takes nothing away', async () => {
    const target = { url: appliance.url, ca: appliance.ca, credentials: ANN };
    await pushBundle(target, 'apps/team/small', 'v1', image);
    const location = await startUpload();
    const whole = await ask(
      appliance,
      'PUT',
      `${location}?digest=${digestOf(image.top.bytes)}`,
      ANN,
      {
        body: Buffer.alloc(61 * MIB),
      },
    );
    expect(whole.status).toBe(507);
    expect(errorOf(whole)).toMatch(/^DENIED no room: hosted images may take \d+ bytes \(maxSize/);
    expect((await ask(appliance, 'GET', location, ANN)).status).toBe(404);
    const pulled = await ask(appliance, 'GET', '/v2/apps/team/small/manifests/v1', ANN);
    expect(digestOf(pulled.body)).toBe(image.top.digest);
  });

  it('gets it in the middle of a body of unknown length', async () => {
    const sending = open('PATCH', await startUpload());
    const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
    const piece = Buffer.alloc(MIB);
    let isAnswered = false;
    void answered.then(() => {
      isAnswered = true;
    });
    // Nobody takes the rest of the body once the answer is there.
    for (let count = 0; count < 80 && !isAnswered; count += 1) {
      await Promise.race([write(sending, piece), answered]);
    }
    const [answer] = await answered;
    expect(answer.statusCode).toBe(507);
    sending.destroy();
  });
});

it('frees the room of a deleted image within a minute', async () => {
  const bytes = randomBytes(30 * MIB);
  const config = Buffer.from('{}');
  for (const blob of [bytes, config]) {
    expect((await finish(await startUpload(), blob, 0)).status).toBe(201);
  }
  const describeBlob = (mediaType: string, blob: Uint8Array) => {
    return { mediaType, digest: digestOf(blob), size: blob.length };
  };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: describeBlob('application/vnd.oci.empty.v1+json', config),
    layers: [describeBlob('application/vnd.example.layer', bytes)],
  });
  const pushed = await ask(appliance, 'PUT', '/v2/apps/team/big/manifests/v1', ANN, {
    body: manifest,
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
  });
  expect(pushed.status).toBe(201);
  const heldBytes = () => readMetric(appliance, 'registry_cache_hosted_bytes');
  await expect.poll(heldBytes).toBeGreaterThan(30 * MIB);
  const path = `/v2/apps/team/big/manifests/${digestOf(Buffer.from(manifest))}`;
  expect((await ask(appliance, 'DELETE', path, ANN)).status).toBe(202);
  await expect.poll(heldBytes, { timeout: 60_000 }).toBeLessThan(30 * MIB);
  const { stdout } = await appliance.exec(['du', '-sm', '/var/lib/registry/hosted/blobs']);
  expect(Number.parseInt(stdout, 10)).toBeLessThan(25);
});

it('serves what was pushed after a restart, and the open upload goes on', async () => {
  const bytes = randomBytes(2 * MIB);
  const location = await startUpload();
  const part = await ask(appliance, 'PATCH', location, ANN, { body: bytes.subarray(0, MIB) });
  expect(part.status).toBe(202);
  await appliance.restart();
  await expect.poll(() => arrived(location)).toBe(MIB);
  expect((await finish(location, bytes, MIB)).status).toBe(201);
  const kept = await ask(appliance, 'GET', '/v2/apps/team/small/manifests/v1', ANN);
  expect(kept.status).toBe(200);
});
