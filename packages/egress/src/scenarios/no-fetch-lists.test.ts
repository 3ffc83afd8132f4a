import { expect, test } from 'vitest';
import { type AskOptions, type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const NO_FETCH = { 'x-no-fetch': 'bob%20may%20not%20fetch' };

interface Sent {
  readonly type: string;
  readonly body: string;
  readonly digest: string;
}

function manifest(content: object, type = MANIFEST): Sent {
  const body = JSON.stringify({ schemaVersion: 2, mediaType: type, ...content });
  return { type, body, digest: digestOf(Buffer.from(body)) };
}

const SUBJECT = manifest({ layers: [] });
const refer = (artifactType: string, name: string) =>
  manifest({
    artifactType,
    subject: { mediaType: MANIFEST, digest: SUBJECT.digest, size: SUBJECT.body.length },
    annotations: { name },
  });
const SIGNATURE = refer('application/signature', 'a signature');
const SBOM = refer('application/sbom', 'a list');
const TAGGED = manifest({ config: { mediaType: 'application/attestation' } });
const entry = ({ digest, body, type }: Sent, artifactType: string, name?: string) => ({
  mediaType: type,
  digest,
  size: body.length,
  artifactType,
  ...(name !== undefined && { annotations: { name } }),
});
const FALLBACK = manifest(
  { manifests: [entry(TAGGED, 'application/attestation'), entry(SBOM, 'application/sbom')] },
  INDEX,
);
const FALLBACK_TAG = SUBJECT.digest.replace(':', '-');

/** An upstream with these manifests, by tag or digest, and its own lists. */
async function startRegistry() {
  const tags: Record<string, Sent> = { v1: SUBJECT, v2: SUBJECT, [FALLBACK_TAG]: FALLBACK };
  const all = [SUBJECT, SIGNATURE, SBOM, TAGGED, FALLBACK];
  return startOrigin(({ url }, response) => {
    const name = url.slice(url.lastIndexOf('/') + 1);
    const found = tags[name] ?? all.find(({ digest }) => digest === name);
    if (url.includes('/tags/list')) reply(response, 200, '{"name":"a","tags":["v1","v9"]}');
    else if (found === undefined) reply(response, 404);
    else reply(response, 200, found.body, { 'content-type': found.type });
  });
}

async function listHere(egress: EgressFixture, path: string, options: AskOptions = {}) {
  const { status, headers, body } = await egress.ask(path, { ...options, headers: NO_FETCH });
  const content = body === '' ? {} : JSON.parse(body);
  return { status, cache: headers['x-cache'], headers, content };
}

const pull = async (egress: EgressFixture, ...references: string[]) => {
  for (const reference of references) {
    expect((await egress.ask(`/v2/a/manifests/${reference}`)).status).toBe(200);
  }
};

const REFERRERS = `/v2/a/referrers/${SUBJECT.digest}`;

test('a client that may not fetch gets the tags that are here, without a request', async () => {
  await using origin = await startRegistry();
  await using egress = await startFixture(origin.url);
  const refused = await listHere(egress, '/v2/a/tags/list');
  expect(refused).toMatchObject({
    status: 403,
    content: { errors: [{ code: 'DENIED', message: 'bob may not fetch' }] },
  });
  expect(origin.seen).toEqual([]);
  await pull(egress, 'v1', 'v2');
  await egress.ask('/v2/a/tags/list');
  const before = origin.seen.length;
  const all = await listHere(egress, '/v2/a/tags/list');
  expect(all).toMatchObject({
    status: 200,
    cache: 'STALE',
    content: { name: 'a', tags: ['v1', 'v2'] },
  });
  const first = await listHere(egress, '/v2/a/tags/list?n=1');
  expect(first.content.tags).toEqual(['v1']);
  expect(first.headers.link).toBe('</v2/a/tags/list?n=1&last=v1>; rel="next"');
  expect((await listHere(egress, '/v2/a/tags/list?n=x')).status).toBe(400);
  // Only the registry has the page of its own cursor.
  expect((await listHere(egress, '/v2/a/tags/list?next=abc')).status).toBe(403);
  expect((await listHere(egress, '/v2/b/tags/list')).status).toBe(403);
  expect(origin.seen).toHaveLength(before);
});

test('a repository without a tag here has an empty list of tags', async () => {
  await using origin = await startRegistry();
  await using egress = await startFixture(origin.url);
  await pull(egress, SUBJECT.digest);
  const got = await listHere(egress, '/v2/a/tags/list');
  expect(got).toMatchObject({ status: 200, content: { name: 'a', tags: [] } });
});

test('a client that may not fetch gets the referrers that are here, without a request', async () => {
  await using origin = await startRegistry();
  await using egress = await startFixture(origin.url);
  expect((await listHere(egress, REFERRERS)).status).toBe(403);
  await pull(egress, 'v1');
  expect((await listHere(egress, REFERRERS)).content.manifests).toEqual([]);
  await pull(egress, SIGNATURE.digest, SBOM.digest);
  const before = origin.seen.length;
  const got = await listHere(egress, REFERRERS);
  expect(got).toMatchObject({ status: 200, cache: 'STALE', headers: { 'content-type': INDEX } });
  const own = [
    entry(SIGNATURE, 'application/signature', 'a signature'),
    entry(SBOM, 'application/sbom', 'a list'),
  ];
  expect(got.content.manifests).toHaveLength(2);
  expect(got.content.manifests).toEqual(expect.arrayContaining(own));
  const filtered = await listHere(egress, `${REFERRERS}?artifactType=application%2Fsbom`);
  expect(filtered.content.manifests).toEqual([own[1]]);
  expect(filtered.headers['oci-filters-applied']).toBe('artifactType');
  const head = await listHere(egress, REFERRERS, { method: 'HEAD' });
  expect([head.status, head.content]).toEqual([200, {}]);
  expect(origin.seen).toHaveLength(before);
});

test('of the fallback tag, the entries that are here are listed', async () => {
  await using origin = await startRegistry();
  await using egress = await startFixture(origin.url);
  await pull(egress, 'v1', FALLBACK_TAG, TAGGED.digest);
  const before = origin.seen.length;
  const tagged = entry(TAGGED, 'application/attestation');
  expect((await listHere(egress, REFERRERS)).content.manifests).toEqual([tagged]);
  expect(origin.seen).toHaveLength(before);
  await pull(egress, SBOM.digest);
  const sbom = entry(SBOM, 'application/sbom');
  expect((await listHere(egress, REFERRERS)).content.manifests).toEqual([tagged, sbom]);
});
