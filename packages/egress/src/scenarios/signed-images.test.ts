import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TrustRule } from '@registry-cache/domain';
import { blobFile, repositoryDir, revisionLinkDir, tagCurrentLink } from '@registry-cache/domain';
import { addPin } from '@registry-cache/pins';
import { expect, test } from 'vitest';
import { type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import {
  OTHER_RULE,
  RULE,
  type SignedOrigin,
  startSignedOrigin,
} from '../testing/signed-origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const HOUR = 3_600_000;

interface Stage extends AsyncDisposable {
  readonly origin: SignedOrigin;
  readonly egress: EgressFixture;
  readonly clock: { now: number };
  readonly audit: object[];
}

async function startStage(trust: readonly TrustRule[] = [RULE]): Promise<Stage> {
  const clock = { now: Date.UTC(2030, 0, 1) };
  const audit: object[] = [];
  const origin = await startSignedOrigin();
  const deps = { now: () => clock.now, audit: (event: object) => void audit.push(event) };
  const egress = await startFixture(origin.url, { options: { trust }, deps });
  const dispose = async () => {
    await egress[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  };
  return { origin, egress, clock, audit, [Symbol.asyncDispose]: dispose };
}

const manifest = (reference: string) => `/v2/a/manifests/${reference}`;
const verdicts = ({ dir }: EgressFixture) => join(dir, 'store/trust/up/a/_verdicts.json');
const blob = (digest: string) => `/v2/a/blobs/${digest}`;

async function expectDenied(egress: EgressFixture, path: string, reason: RegExp) {
  const { status, body } = await egress.ask(path);
  const [error] = JSON.parse(body).errors;
  expect([status, error.code]).toEqual([403, 'DENIED']);
  expect(error.message).toMatch(reason);
}

async function isLinked({ dir }: EgressFixture, digest: string): Promise<boolean> {
  const repository = repositoryDir(join(dir, 'store'), 'up', 'a');
  const link = readFile(join(revisionLinkDir(repository, digest), 'link'));
  return link.then(
    () => true,
    () => false,
  );
}

test('a signed image is served, and its signature is looked up once', async () => {
  await using stage = await startStage();
  const { origin, egress, audit } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
  // The other place of signatures is asked at the same time, and its answer does not matter.
  expect(origin.asked().filter((line) => line !== 'GET manifests sha256-hex')).toEqual([
    'GET manifests latest',
    'GET manifests sha256-hex.sig',
    'GET referrers digest',
    'GET blobs digest',
  ]);
  expect((await egress.ask(blob(layer))).body).toBe('layer of one');
  expect(await egress.ask(manifest(digest))).toMatchObject({ status: 200 });
  expect(origin.asked()).toEqual(['GET blobs digest']);
  const image = 'up.example.com/a';
  const because = 'key /trust/cosign.pub';
  expect(audit).toEqual([{ event: 'trust', image, digest, rule: 1, because, verdict: 'allowed' }]);
});

test('an unsigned image is refused with the reason, and neither it nor its layers are linked', async () => {
  await using stage = await startStage();
  const { origin, egress } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  const reason =
    /^up\.example\.com\/a:latest@sha256:\w{64} is refused: it has no signature \(trust rule 1\)$/;
  await expectDenied(egress, manifest('latest'), reason);
  expect(origin.asked()).toContain('GET manifests sha256-hex');
  await expectDenied(egress, manifest(digest), /has no signature/);
  await expectDenied(egress, manifest(digest), /has no signature/);
  expect(origin.asked()).toEqual([]);
  await expectDenied(egress, blob(layer), /no image that was pulled here with a good signature/);
  expect(origin.asked()).toEqual([]);
  expect(await isLinked(egress, digest)).toBe(false);
});

test('an image that is signed after its refusal is served half a minute later', async () => {
  await using stage = await startStage();
  const { origin, egress, clock } = stage;
  const { digest } = origin.pushImage('one', 'latest');
  await expectDenied(egress, manifest('latest'), /no signature/);
  origin.sign(digest);
  clock.now += 31_000;
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
});

test('a tag that moves to an unsigned image stays at the last good one, as stale', async () => {
  await using stage = await startStage();
  const { origin, egress, clock } = stage;
  const { digest } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  await egress.ask(manifest('latest'));
  const moved = origin.pushImage('two', 'latest');
  clock.now += HOUR;
  for (const method of ['GET', 'HEAD', 'GET']) {
    const { status, headers } = await egress.ask(manifest('latest'), { method });
    expect([status, headers['x-cache'], headers['docker-content-digest']]).toEqual([
      200,
      'STALE',
      digest,
    ]);
  }
  await expectDenied(egress, manifest(moved.digest), /no signature/);
  expect(await isLinked(egress, moved.digest)).toBe(false);
  const tag = tagCurrentLink(repositoryDir(join(egress.dir, 'store'), 'up', 'a'), 'latest');
  expect(await readFile(tag, 'utf8')).toBe(digest);
  origin.sign(moved.digest);
  clock.now += 31_000;
  const { headers } = await egress.ask(manifest('latest'));
  expect([headers['x-cache'], headers['docker-content-digest']]).toEqual(['MISS', moved.digest]);
});

test('a signed index covers its children and their layers, also after a restart', async () => {
  await using stage = await startStage();
  const { origin, egress } = stage;
  const child = origin.pushImage('child');
  const stranger = origin.pushImage('stranger');
  const index = origin.pushIndex([child.digest], 'latest');
  origin.sign(index);
  await expectDenied(egress, manifest(child.digest), /no signature/);
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
  expect((await egress.ask(manifest(child.digest))).status).toBe(200);
  expect((await egress.ask(blob(child.layer))).status).toBe(200);
  await expectDenied(egress, manifest(stranger.digest), /no signature/);
  await expect.poll(() => readFile(verdicts(egress), 'utf8')).toContain(child.digest);
  await egress.stop(0);
  // By other rules, the signature of the index is looked up again for its child.
  const trust = [{ ...RULE, anyOf: [...RULE.anyOf, ...OTHER_RULE.anyOf] }];
  const storeRoot = join(egress.dir, 'store');
  await using again = await startFixture(origin.url, { options: { trust, storeRoot } });
  expect((await again.ask(manifest(child.digest))).status).toBe(200);
  expect((await again.ask(blob(child.layer))).status).toBe(200);
  await expectDenied(again, manifest(stranger.digest), /no signature/);
});

test('a verdict is kept over a restart, and the signature may be removed then', async () => {
  await using stage = await startStage();
  const { origin, egress } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  await egress.ask(manifest('latest'));
  await egress.ask(blob(layer));
  await expect.poll(() => readFile(verdicts(egress), 'utf8')).toContain(digest);
  origin.unsign(digest);
  origin.asked();
  await egress.stop(0);
  const storeRoot = join(egress.dir, 'store');
  await using again = await startFixture(origin.url, { options: { trust: [RULE], storeRoot } });
  // The client has the manifest already.
  expect((await again.ask(blob(layer))).status).toBe(200);
  expect((await again.ask(manifest(digest))).status).toBe(200);
  expect(origin.asked()).toEqual([]);
});

test('a change of the rules asks again: what is here is refused without a good signature', async () => {
  await using stage = await startStage();
  const { origin, egress } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  await egress.ask(manifest('latest'));
  await egress.ask(blob(layer));
  await egress.setOptions({ trust: [OTHER_RULE] });
  await expectDenied(egress, manifest('latest'), /by another key/);
  await expectDenied(egress, manifest(digest), /by another key/);
  await expectDenied(egress, blob(layer), /by another key/);
  await egress.setOptions({ trust: [OTHER_RULE, { ...RULE, number: 2 }] });
  await expectDenied(egress, manifest(digest), /trust rule 1/);
  await egress.setOptions({ trust: [{ ...RULE, anyOf: [...OTHER_RULE.anyOf, ...RULE.anyOf] }] });
  expect((await egress.ask(blob(layer))).status).toBe(200);
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
});

test('images that were here before the first rule need a signature from then on', async () => {
  await using stage = await startStage();
  const { origin, egress } = stage;
  await egress.setOptions({ trust: [] });
  const { digest, layer } = origin.pushImage('one', 'latest');
  await egress.ask(manifest('latest'));
  await egress.ask(blob(layer));
  await egress.setOptions({ trust: [RULE] });
  await expectDenied(egress, manifest(digest), /no signature/);
  await expectDenied(egress, manifest('latest'), /no signature/);
  await expectDenied(egress, blob(layer), /pull the image first/);
});

test('new content waits with 503 while the signature cannot be looked up; what is here is served', async () => {
  await using stage = await startStage();
  const { origin, egress, clock } = stage;
  const here = origin.pushImage('here', 'here');
  origin.sign(here.digest);
  await egress.ask(manifest('here'));
  await egress.ask(blob(here.layer));
  const { digest, layer } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  origin.broken.add('.sig');
  const { status, headers, body } = await egress.ask(manifest('latest'));
  expect([status, headers['retry-after']]).toEqual([503, '5']);
  expect(JSON.parse(body).errors[0].message).toMatch(/cannot be checked: /);
  expect((await egress.ask(blob(layer))).status).toBe(403);
  await egress.setOptions({ trust: [OTHER_RULE] });
  expect((await egress.ask(manifest('here'))).status).toBe(200);
  expect((await egress.ask(blob(here.layer))).status).toBe(200);
  await egress.setOptions({ trust: [RULE] });
  origin.broken.clear();
  clock.now += 6_000;
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
  expect((await egress.ask(blob(layer))).status).toBe(200);
});

test('a rule that warns serves everything, and says so once for each digest', async () => {
  await using stage = await startStage([{ ...RULE, mode: 'warn' }]);
  const { origin, egress, audit } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  for (const path of [manifest('latest'), manifest(digest), manifest('latest'), blob(layer)]) {
    expect((await egress.ask(path)).status).toBe(200);
  }
  expect(audit).toMatchObject([
    { event: 'trust', verdict: 'warned', digest, because: 'it has no signature' },
  ]);
  const lines = egress.log.filter(({ msg }) => msg === 'signature checked');
  expect(lines).toMatchObject([{ level: 40, digest, outcome: 'warned' }]);
  const { body } = await egress.ask('/metrics', { over: 'socket' });
  expect(body).toContain(
    'registry_cache_egress_trust_verdicts_total{upstream="up.example.com",outcome="warned"} 1',
  );
});

test('signatures themselves need none, and an image cannot pass as one', async () => {
  await using stage = await startStage();
  const { origin, egress } = stage;
  const { digest } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  const tag = `${digest.replace(':', '-')}.sig`;
  const signature = await egress.ask(manifest(tag));
  expect(signature.status).toBe(200);
  const [layer] = JSON.parse(signature.body).layers;
  expect((await egress.ask(blob(layer.digest))).status).toBe(200);
  const evil = origin.pushImage('evil');
  origin.tag(evil.digest, tag);
  await expectDenied(egress, manifest(evil.digest), /no signature/);
});

test('a client that may not fetch gets what is here with a good verdict, without a request', async () => {
  await using stage = await startStage();
  const { origin, egress } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  const headers = { 'x-no-fetch': 'no' };
  for (const path of [manifest('latest'), manifest(digest), blob(layer)]) {
    expect((await egress.ask(path, { headers })).status).toBe(403);
  }
  expect(origin.asked()).toEqual([]);
  await egress.ask(manifest('latest'));
  await egress.ask(blob(layer));
  origin.asked();
  for (const path of [manifest('latest'), manifest(digest), blob(layer)]) {
    expect((await egress.ask(path, { headers })).status).toBe(200);
  }
  expect(origin.asked()).toEqual([]);
  await egress.setOptions({ trust: [OTHER_RULE] });
  for (const path of [manifest('latest'), manifest(digest), blob(layer)]) {
    expect((await egress.ask(path, { headers })).status).toBe(403);
  }
});

test('images outside of all rules cost nothing', async () => {
  await using stage = await startStage([{ ...RULE, images: ['up.example.com/b/**'] }]);
  const { origin, egress } = stage;
  const { layer } = origin.pushImage('one', 'latest');
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
  expect((await egress.ask(blob(layer))).status).toBe(200);
  expect(origin.asked()).toEqual(['GET manifests latest', 'GET blobs digest']);
});

test('a file of verdicts that is broken is as good as none', async () => {
  await using stage = await startStage();
  const { origin, egress } = stage;
  const { digest } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  await egress.ask(manifest('latest'));
  const file = verdicts(egress);
  await expect.poll(() => readFile(file, 'utf8')).toContain(digest);
  await egress.stop(0);
  await writeFile(file, '{"verdicts":{"sha256:x":1,');
  const storeRoot = join(egress.dir, 'store');
  await using again = await startFixture(origin.url, { options: { trust: [RULE], storeRoot } });
  expect((await again.ask(manifest('latest'))).status).toBe(200);
});

/** Puts an image into the store as a push or an import does. */
async function bring({ egress, origin }: Stage, name: string, tag: string) {
  const { digest, layer } = origin.pushImage(name);
  await bringManifest(egress, await read(origin, manifest(digest)), tag);
  return { digest, layer };
}

async function bringManifest(egress: EgressFixture, body: string, tag: string): Promise<void> {
  const digest = await bringBlob(egress, body);
  const root = join(egress.dir, 'store');
  const link = join(revisionLinkDir(repositoryDir(root, 'up', 'a'), digest), 'link');
  await mkdir(dirname(link), { recursive: true });
  await writeFile(link, digest);
  await utimes(link, 0, 0);
  const since = new Date(0).toISOString();
  const image = { upstreamId: 'up', repository: 'a', tag };
  await addPin(root, { ...image, digest, why: 'import', by: 'operator', since });
}

async function bringBlob({ dir }: EgressFixture, body: string): Promise<string> {
  const digest = digestOf(Buffer.from(body));
  const file = blobFile(join(dir, 'store'), digest);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, body);
  return digest;
}

async function read({ url }: SignedOrigin, path: string): Promise<string> {
  return (await fetch(new URL(path, url))).text();
}

test('what was pushed or imported is not served while its signatures cannot be looked up', async () => {
  await using stage = await startStage();
  const { egress, origin, clock } = stage;
  const { digest, layer } = await bring(stage, 'one', 'brought');
  origin.broken.add('sig');
  for (const reference of ['brought', digest]) {
    expect((await egress.ask(manifest(reference))).status).toBe(503);
  }
  expect((await egress.ask(blob(layer))).status).toBe(403);
  origin.broken.clear();
  clock.now += 6_000;
  await expectDenied(egress, manifest('brought'), /has no signature/);
});

test('a signature that was brought counts, though the registry is away', async () => {
  await using stage = await startStage();
  const { egress, origin } = stage;
  const { digest } = await bring(stage, 'one', 'brought');
  origin.sign(digest);
  const tag = `${digest.replace(':', '-')}.sig`;
  const signature = await read(origin, manifest(tag));
  await bringManifest(egress, signature, tag);
  const [payload] = JSON.parse(signature).layers;
  await bringBlob(egress, await read(origin, blob(payload.digest)));
  await origin.pause();
  expect((await egress.ask(manifest('brought'))).status).toBe(200);
  expect((await egress.ask(manifest(digest))).status).toBe(200);
});
