import { expect, test } from 'vitest';
import { digestOf } from './answer/digest.ts';
import { startFixture } from './testing/egress-fixture.ts';
import { type Play, reply, startOrigin } from './testing/origin.ts';

const MANIFEST = '{"schemaVersion":2}';
const DIGEST = digestOf(Buffer.from(MANIFEST));
const TYPE = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };

test('passes on what a client accepts, in one line, and nothing of its own secrets', async () => {
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
    accept: 'a/b, c/d;q=0.5',
    'accept-encoding': 'identity',
    'if-none-match': '"other"',
  });
});

test('a 304 stays one', async () => {
  await using origin = await startOrigin((_seen, response) => {
    response.writeHead(304, { etag: '"x"' }).end();
  });
  await using egress = await startFixture(origin.url);
  for (const method of ['GET', 'HEAD']) {
    const got = await egress.ask('/v2/a/manifests/latest', {
      method,
      headers: { 'if-none-match': '"x"' },
    });
    expect([got.status, got.headers.etag, got.body]).toEqual([304, '"x"', '']);
  }
});

const refusing =
  (status: number): Play =>
  ({ method }, response) =>
    method === 'HEAD' ? reply(response, status) : reply(response, 200, MANIFEST, TYPE);

test.each<[string, Play]>([
  ['answers 401', refusing(401)],
  ['answers 403', refusing(403)],
  ['answers 405', refusing(405)],
  ['answers 501', refusing(501)],
  ['leaves the digest out', (_seen, response) => reply(response, 200, MANIFEST, TYPE)],
  [
    'leaves the length out',
    ({ method }, response) => {
      response.writeHead(200, { ...TYPE, 'docker-content-digest': DIGEST });
      response.end(method === 'HEAD' ? undefined : MANIFEST);
    },
  ],
])('a HEAD by tag is answered from a GET where the upstream %s', async (_name, play) => {
  await using origin = await startOrigin(play);
  await using egress = await startFixture(origin.url);
  const got = await egress.ask('/v2/a/manifests/latest', { method: 'HEAD' });
  expect([got.status, got.body]).toEqual([200, '']);
  expect(got.headers).toMatchObject({
    ...TYPE,
    'content-length': '19',
    'docker-content-digest': DIGEST,
  });
  expect(origin.lines()).toEqual(['HEAD /v2/a/manifests/latest', 'GET /v2/a/manifests/latest']);
});

test('a good HEAD is one request', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, MANIFEST, { ...TYPE, 'docker-content-digest': DIGEST }),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask('/v2/a/manifests/latest', { method: 'HEAD' });
  expect(got.headers).toMatchObject({ 'content-length': '19', 'docker-content-digest': DIGEST });
  expect(origin.lines()).toEqual(['HEAD /v2/a/manifests/latest']);
});

test.each([
  ['by digest', `/v2/a/manifests/${DIGEST}`, {}],
  [
    'by tag, with a digest that is another',
    '/v2/a/manifests/latest',
    { 'docker-content-digest': DIGEST },
  ],
])('wrong bytes are never passed on as good: %s', async (_name, path, headers) => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, '{"evil":1}', headers),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(path);
  expect(got.status).toBe(502);
  expect(got.body).not.toContain('evil');
  expect(got.body).toContain(`where ${DIGEST} was expected`);
});

test('a manifest by sha512 is checked by sha512', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, MANIFEST, TYPE));
  await using egress = await startFixture(origin.url);
  const digest = digestOf(Buffer.from(MANIFEST), 'sha512');
  expect((await egress.ask(`/v2/a/manifests/${digest}`)).headers['docker-content-digest']).toBe(
    digest,
  );
});

test('a manifest without end is not read to its end', async () => {
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

test('of a query only what belongs to the route is passed on, and Links lead back here', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, '{"manifests":[]}', {
      link: `<${origin.url}/v2/a/tags/list?last=b&n=1>; rel="next"`,
      'oci-filters-applied': 'artifactType',
      'set-cookie': 'a=b',
    }),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask('/v2/a/tags/list?n=1&last=a%2Fb&evil=1');
  expect(got.headers.link).toBe('</v2/a/tags/list?last=b&n=1>; rel="next"');
  expect(got.headers).not.toHaveProperty('set-cookie');
  const referrers = await egress.ask(`/v2/a/referrers/${DIGEST}?artifactType=x%2Fy`);
  expect(referrers.headers['oci-filters-applied']).toBe('artifactType');
  expect(origin.lines()).toEqual([
    'GET /v2/a/tags/list?n=1&last=a%2Fb',
    `GET /v2/a/referrers/${DIGEST}?artifactType=x%2Fy`,
  ]);
});
