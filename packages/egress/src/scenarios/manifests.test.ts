import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { blobFile, repositoryDir, revisionLinkDir } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { digestOf } from '../wire/http/digest.ts';
import { USER_AGENT } from '../wire/transport/user-agent.ts';

const MANIFEST = '{"schemaVersion":2}';
const DIGEST = digestOf(Buffer.from(MANIFEST));
const TYPE = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };

test("passes the client's Accept on in one line, and no other header", async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, MANIFEST, TYPE));
  await using egress = await startFixture(origin.url);
  const headers = {
    accept: ['a/b', 'c/d;q=0.5'],
    cookie: 'x=y',
    'if-none-match': '"other"',
    range: 'bytes=0-1',
  };
  const got = await egress.ask('/v2/a/manifests/latest', { headers });
  expect(got).toMatchObject({ status: 200, body: MANIFEST });
  expect(got.headers).toMatchObject({
    ...TYPE,
    'content-length': '19',
    'docker-content-digest': DIGEST,
  });
  expect(origin.seen[0]?.headers).toEqual({
    host: origin.host,
    connection: 'keep-alive',
    'user-agent': USER_AGENT,
    accept: 'a/b, c/d;q=0.5',
    'accept-encoding': 'identity',
  });
});

test.each(['latest', DIGEST])('a client that has %s already gets 304', async (reference) => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, MANIFEST, TYPE));
  await using egress = await startFixture(origin.url);
  for (const method of ['GET', 'HEAD']) {
    const got = await egress.ask(`/v2/a/manifests/${reference}`, {
      method,
      headers: { 'if-none-match': `"other", W/"${DIGEST}"` },
    });
    expect([got.status, got.headers.etag, got.body]).toEqual([304, `"${DIGEST}"`, '']);
  }
});

test.each(['latest', DIGEST])(
  'a HEAD for %s costs one GET, and a GET after it nothing',
  async (reference) => {
    await using origin = await startOrigin((_seen, response) =>
      reply(response, 200, MANIFEST, TYPE),
    );
    await using egress = await startFixture(origin.url);
    const got = await egress.ask(`/v2/a/manifests/${reference}`, { method: 'HEAD' });
    expect([got.status, got.body]).toEqual([200, '']);
    expect(got.headers).toMatchObject({
      ...TYPE,
      'content-length': '19',
      'docker-content-digest': DIGEST,
    });
    expect((await egress.ask(`/v2/a/manifests/${reference}`)).body).toBe(MANIFEST);
    expect(origin.lines()).toEqual([`GET /v2/a/manifests/${reference}`]);
  },
);

test('a manifest by digest is stored as by distribution, and simultaneous requests fetch it once', async () => {
  await using origin = await startOrigin(async (_seen, response) => {
    await delay(300);
    reply(response, 200, MANIFEST, TYPE);
  });
  await using egress = await startFixture(origin.url);
  const path = `/v2/a/manifests/${DIGEST}`;
  const gone = egress.ask(path, { signal: AbortSignal.timeout(20) });
  const herd = Array.from({ length: 20 }, () => egress.ask(path));
  await expect(gone).rejects.toThrow();
  const answers = await Promise.all(herd);
  expect(new Set(answers.map(({ body }) => body))).toEqual(new Set([MANIFEST]));
  expect((await egress.ask(path)).headers['x-cache']).toBe('HIT');
  expect(origin.lines()).toEqual([`GET ${path}`]);
  const store = join(egress.dir, 'store');
  const revision = revisionLinkDir(repositoryDir(store, 'up', 'a'), DIGEST);
  expect(await readFile(join(revision, 'link'), 'utf8')).toBe(DIGEST);
  expect(await readFile(blobFile(store, DIGEST), 'utf8')).toBe(MANIFEST);
});

test('bytes of another repository are not fetched, but the upstream must confirm access', async () => {
  await using origin = await startOrigin(({ url }, response) =>
    url.includes('/private/') ? reply(response, 403) : reply(response, 200, MANIFEST, TYPE),
  );
  await using egress = await startFixture(origin.url);
  await egress.ask(`/v2/a/manifests/${DIGEST}`);
  expect((await egress.ask(`/v2/b/manifests/${DIGEST}`)).body).toBe(MANIFEST);
  expect((await egress.ask(`/v2/b/manifests/${DIGEST}`)).headers['x-cache']).toBe('HIT');
  expect((await egress.ask(`/v2/private/manifests/${DIGEST}`)).status).toBe(403);
  expect(origin.lines()).toEqual([
    `GET /v2/a/manifests/${DIGEST}`,
    `HEAD /v2/b/manifests/${DIGEST}`,
    `HEAD /v2/private/manifests/${DIGEST}`,
    // Some upstreams refuse HEAD and answer GET.
    `GET /v2/private/manifests/${DIGEST}`,
  ]);
});

test('a manifest that distribution cannot serve is passed on and not stored', async () => {
  const schema1 = '{"schemaVersion":1}';
  const type = { 'content-type': 'application/vnd.docker.distribution.manifest.v1+json' };
  await using origin = await startOrigin((_seen, response) => reply(response, 200, schema1, type));
  await using egress = await startFixture(origin.url);
  for (let count = 0; count < 2; count += 1) {
    const got = await egress.ask('/v2/a/manifests/latest');
    expect(got).toMatchObject({ status: 200, body: schema1 });
    expect(got.headers).toMatchObject({ ...type, 'x-cache': 'MISS', 'x-accel-expires': '0' });
  }
  expect(origin.seen).toHaveLength(2);
});

test('clients get their answer although the store is full', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, MANIFEST, TYPE));
  await using egress = await startFixture(origin.url);
  await egress.write('store/blobs', 'no folder');
  expect((await egress.ask('/v2/a/manifests/latest')).body).toBe(MANIFEST);
  expect(egress.log.map(({ msg }) => msg)).toContain('could not store fetched content');
});

test.each([
  ['by digest', `/v2/a/manifests/${DIGEST}`, {}],
  [
    'by tag, with a digest that is another',
    '/v2/a/manifests/latest',
    { 'docker-content-digest': DIGEST },
  ],
])('wrong bytes are never passed on as good (%s)', async (_name, path, headers) => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, '{"evil":1}', headers),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(path);
  expect(got.status).toBe(502);
  expect(got.body).not.toContain('evil');
  expect(got.body).toContain(`where ${DIGEST} was expected`);
});

test('a manifest with a sha512 digest is checked by sha512', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, MANIFEST, TYPE));
  await using egress = await startFixture(origin.url);
  const digest = digestOf(Buffer.from(MANIFEST), 'sha512');
  expect((await egress.ask(`/v2/a/manifests/${digest}`)).headers['docker-content-digest']).toBe(
    digest,
  );
});

test('an endless manifest is not read to its end', async () => {
  await using origin = await startOrigin((_seen, response) => {
    response.writeHead(200, TYPE);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
    };
    response.on('drain', more);
    more();
  });
  await using egress = await startFixture(origin.url);
  const got = await egress.ask('/v2/a/manifests/latest');
  expect([got.status, got.body]).toEqual([502, expect.stringContaining('more than 4194304 bytes')]);
});

test('the query of a list is passed on, other headers are not, and links lead to the cache', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, '{"manifests":[]}', {
      link: `<${origin.url}/v2/a/tags/list?last=b&n=1>; rel="next"`,
      'oci-filters-applied': 'artifactType',
      'set-cookie': 'a=b',
    }),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask('/v2/a/tags/list?n=1&last=a%2Fb&page=x%3D');
  expect(got.headers.link).toBe('</v2/a/tags/list?last=b&n=1>; rel="next"');
  expect(got.headers).not.toHaveProperty('set-cookie');
  const referrers = await egress.ask(`/v2/a/referrers/${DIGEST}?artifactType=x%2Fy`);
  expect(referrers.headers['oci-filters-applied']).toBe('artifactType');
  expect(origin.lines()).toEqual([
    'GET /v2/a/tags/list?n=1&last=a%2Fb&page=x%3D',
    `GET /v2/a/referrers/${DIGEST}?artifactType=x%2Fy`,
  ]);
});
