import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import { RULE, startSignedOrigin } from '../testing/signed-origin.ts';

/** An archive with one file, as clients unpack it. */
const ARCHIVE = (() => {
  const header = Buffer.alloc(512);
  header.write('evil', 0);
  header.write('0000755\0', 100);
  header.write('00000000000\0', 124);
  header.write('        ', 148);
  header.write('0', 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return `${header.toString('latin1')}${'\0'.repeat(1024)}`;
})();
const OTHER_CONFIG = { config: 'application/vnd.cyclonedx+json', layer: 'application/x-tar' };

async function startStage() {
  const origin = await startSignedOrigin();
  const egress = await startFixture(origin.url, { options: { trust: [RULE] } });
  const { digest } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  const tag = `${digest.replace(':', '-')}.sig`;
  const statusOf = async (reference: string) =>
    (await egress.ask(`/v2/a/manifests/${reference}`)).status;
  const dispose = async () => {
    await egress[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  };
  return { origin, egress, digest, tag, statusOf, [Symbol.asyncDispose]: dispose };
}

test.each([
  ['whose layers have the type of a signature', {}],
  ['whose config has the type of a document', OTHER_CONFIG],
])('an image under the tag of a signature is no document: one %s', async (_, types) => {
  await using stage = await startStage();
  const { origin, egress, digest, tag, statusOf } = stage;
  const evil = origin.pushDisguised(digest, ARCHIVE, types);
  expect(await statusOf(tag)).toBe(403);
  expect(await statusOf(evil.digest)).toBe(403);
  expect((await egress.ask(`/v2/a/blobs/${evil.layer}`)).status).toBe(403);
});

test('a signature is served, and its layers are looked at once', async () => {
  await using stage = await startStage();
  const { origin, egress, tag, statusOf } = stage;
  expect(await statusOf(tag)).toBe(200);
  const reads = () => origin.asked().filter((line) => line === 'GET blobs digest').length;
  expect(reads()).toBe(1);
  expect(await statusOf(tag)).toBe(200);
  expect(reads()).toBe(0);
  expect(egress).toBeDefined();
});

test('a document whose layers cannot be read is not served yet', async () => {
  await using stage = await startStage();
  const { origin, digest, tag, statusOf } = stage;
  const { layer } = origin.pushDisguised(digest, '{"a":1}', OTHER_CONFIG);
  origin.broken.add(layer);
  expect(await statusOf(tag)).toBe(503);
  origin.broken.clear();
  expect(await statusOf(tag)).toBe(200);
});
