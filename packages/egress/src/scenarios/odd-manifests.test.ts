import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { LATEST, startTagOrigin, version } from '../testing/tag-origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const HOUR = 3_600_000;
const ONE = version('one');
const TWO = version('two');
const PAGE = '<!DOCTYPE html><html><title>blocked</title></html>';
const OCI = 'application/vnd.oci.image.manifest.v1+json';

async function startTagged() {
  const clock = { now: Date.UTC(2030, 0, 1) };
  const origin = await startTagOrigin(ONE);
  const egress = await startFixture(origin.url, { deps: { now: () => clock.now } });
  await egress.ask(LATEST);
  clock.now += HOUR;
  origin.asked();
  return {
    clock,
    origin,
    egress,
    async [Symbol.asyncDispose]() {
      await egress[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

test.each([400, 401, 403, 404, 405, 410, 500, 501])(
  'a HEAD that gets %i is repeated as GET, whose answer counts',
  async (status) => {
    await using it = await startTagged();
    it.origin.headStatus = status;
    it.origin.latest = TWO;
    const got = await it.egress.ask(LATEST);
    expect([got.status, got.headers['x-cache'], got.body]).toEqual([200, 'MISS', TWO.body]);
    expect(it.origin.asked()).toEqual(['HEAD latest', 'GET latest']);
  },
);

test('no GET follows a HEAD whose answer asks for a pause', async () => {
  await using it = await startTagged();
  it.origin.headStatus = 429;
  it.origin.troubleHeaders = { 'retry-after': '5' };
  expect((await it.egress.ask(LATEST)).headers['x-cache']).toBe('STALE');
  expect(it.origin.asked()).toEqual(['HEAD latest']);
});

test('a tag is gone only after a 404 for GET as well', async () => {
  await using it = await startTagged();
  it.origin.latest = undefined;
  expect((await it.egress.ask(LATEST)).status).toBe(404);
  expect(it.origin.asked()).toEqual(['HEAD latest', 'GET latest']);
});

test('a manifest that the upstream serves only by tag is stored by its digest', async () => {
  await using it = await startTagged();
  it.origin.latest = TWO;
  it.origin.forget(TWO.digest);
  const got = await it.egress.ask(LATEST);
  expect([got.status, got.headers['x-cache'], got.body]).toEqual([200, 'MISS', TWO.body]);
  expect(it.origin.asked()).toEqual(['HEAD latest', 'GET digest', 'GET latest']);
  const byDigest = await it.egress.ask(`/v2/a/manifests/${TWO.digest}`);
  expect([byDigest.status, byDigest.headers['x-cache']]).toEqual([200, 'HIT']);
});

test.each([401, 403, 404])(
  'a web page with status %i is not taken for the registry, and stored content is served',
  async (status) => {
    await using it = await startTagged();
    it.origin.trouble = status;
    it.origin.troubleBody = PAGE;
    expect((await it.egress.ask(LATEST)).headers['x-cache']).toBe('STALE');
    it.origin.trouble = undefined;
    it.clock.now += HOUR;
    expect((await it.egress.ask(LATEST)).headers['x-cache']).toBe('MISS');
  },
);

test.each([PAGE, '<!-- filter --><title>blocked</title>', '<center>blocked</center>'])(
  'the error for a web page names a fault on the way: %s',
  async (page) => {
    await using origin = await startOrigin((_seen, response) =>
      reply(response, 403, page, { 'content-type': 'text/html; charset=utf-8' }),
    );
    await using egress = await startFixture(origin.url);
    const got = await egress.ask(LATEST);
    expect(got.status).toBe(502);
    expect(got.body).toContain('answered 403 Forbidden with an HTML page');
  },
);

test('the 401 of a web server that asks for a login stays a 401', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 401, PAGE, { 'www-authenticate': 'Basic realm="x"' }),
  );
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(LATEST)).status).toBe(401);
});

test.each([
  ['a page', PAGE, 'an HTML page'],
  ['nothing', '', 'nothing'],
  ['JSON of something else', '{"errors":[]}', '13 bytes of something else'],
])('a 200 with %s is not taken for a manifest', async (_, body, told) => {
  let content: string | undefined;
  const clock = { now: Date.UTC(2030, 0, 1) };
  await using origin = await startOrigin(({ method }, response) =>
    reply(response, 200, method === 'HEAD' ? '' : (content ?? ONE.body)),
  );
  await using egress = await startFixture(origin.url, { deps: { now: () => clock.now } });
  expect((await egress.ask(LATEST)).body).toBe(ONE.body);
  content = body;
  const cold = await egress.ask('/v2/b/manifests/latest');
  expect([cold.status, cold.body]).toEqual([502, expect.stringContaining(`200 with ${told}`)]);
  clock.now += HOUR;
  expect((await egress.ask(LATEST)).headers['x-cache']).toBe('STALE');
});

test('a good manifest with a wrong media type is accepted', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, ONE.body, { 'content-type': 'text/html' }),
  );
  await using egress = await startFixture(origin.url);
  const { status, headers } = await egress.ask(LATEST);
  expect([status, headers['content-type']]).toEqual([200, OCI]);
});

test('a signed manifest of schema 1 is passed on by tag and by digest', async () => {
  const payload = '{\n   "schemaVersion": 1,\n   "name": "a",\n   "tag": "latest"\n}';
  const head = payload.slice(0, -2);
  const sealed = JSON.stringify({
    formatLength: head.length,
    formatTail: Buffer.from('\n}').toString('base64url'),
  });
  const signature = Buffer.from(sealed).toString('base64url');
  const body = `${head},\n   "signatures": [{"protected": "${signature}"}]\n}`;
  const digest = digestOf(Buffer.from(payload));
  const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, body, { 'content-type': type, 'docker-content-digest': digest }),
  );
  await using egress = await startFixture(origin.url);
  for (const path of [LATEST, `/v2/a/manifests/${digest}`]) {
    const got = await egress.ask(path);
    expect([got.status, got.body]).toEqual([200, body]);
    expect(got.headers).toMatchObject({ 'content-type': type, 'docker-content-digest': digest });
  }
  const wrong = await egress.ask(`/v2/a/manifests/${digestOf(Buffer.from(body))}`);
  expect(wrong.status).toBe(502);
});

test('a Retry-After with a date is passed on as the seconds that the cache itself waits', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 429, '{}', { 'retry-after': '4000000000' }),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(LATEST);
  expect([got.status, got.headers['retry-after']]).toEqual([429, '60']);
});
