import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import { ociError, reply, startOrigin } from '../testing/origin.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const errorOf = (body: string) => JSON.parse(body).errors[0];

test.each([
  [401, 'UNAUTHORIZED'],
  [403, 'DENIED'],
  [404, 'MANIFEST_UNKNOWN'],
  [429, 'TOOMANYREQUESTS'],
  [500, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
])('passes a %i on in the OCI shape', async (status, code) => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, status, '<html>', {
      'retry-after': '7',
      'ratelimit-limit': '100;w=21600',
      'www-authenticate': 'Bearer x',
    }),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask('/v2/a/manifests/latest');
  expect([got.status, errorOf(got.body).code]).toEqual([status, code]);
  expect(errorOf(got.body).message).toMatch(new RegExp(`^up\\.example\\.com answered ${status} `));
  expect(got.headers).toMatchObject({ 'retry-after': '7', 'ratelimit-limit': '100;w=21600' });
  expect(got.headers).not.toHaveProperty('www-authenticate');
});

test('passes on the error message and code of the upstream', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 404, ociError('NAME_UNKNOWN', 'repository name not known to registry')),
  );
  await using egress = await startFixture(origin.url);
  expect(errorOf((await egress.ask(`/v2/a/blobs/${DIGEST}`)).body)).toMatchObject({
    code: 'NAME_UNKNOWN',
    message:
      'up.example.com answered 404 Not Found: name_unknown: repository name not known to registry',
  });
});

test('the error names a CDN that failed', async () => {
  await using cdn = await startOrigin((_seen, response) => reply(response, 403, '<Error/>'));
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 307, '', { location: cdn.url }),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(`/v2/a/blobs/${DIGEST}`);
  expect(errorOf(got.body).message).toBe(
    `${cdn.host}, to which up.example.com redirected, answered 403 Forbidden`,
  );
});

test('an unexpected status becomes 502', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 304));
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(`/v2/a/blobs/${DIGEST}`)).status).toBe(502);
});

test('the error names an upstream that is down, and the failure', async () => {
  const gone = await startOrigin(() => undefined);
  await gone[Symbol.asyncDispose]();
  await using egress = await startFixture(gone.url);
  const got = await egress.ask('/v2/a/manifests/latest');
  expect(got.status).toBe(502);
  expect(errorOf(got.body)).toMatchObject({
    code: 'UNAVAILABLE',
    message: `up.example.com could not be asked: ${gone.host} refused the connection`,
  });
});

test('an upstream that accepts connections and stays silent costs one timeout', async () => {
  await using origin = await startOrigin(() => undefined);
  const timeouts = { connectMs: 1000, headersMs: 100, blobHeadersMs: 100, idleMs: 1000 };
  await using egress = await startFixture(origin.url, { options: { timeouts } });
  const got = await egress.ask('/v2/a/manifests/latest');
  expect([got.status, origin.seen.length]).toEqual([504, 1]);
  expect(errorOf(got.body).message).toBe(
    `up.example.com could not be asked: no answer from ${origin.host} within 100ms`,
  );
});

test('the error names a host that does not resolve', async () => {
  await using egress = await startFixture('http://nowhere.invalid', {
    deps: {
      lookup: (_name, _options, callback) =>
        callback(Object.assign(new Error(), { code: 'ENOTFOUND' }), []),
    },
  });
  const got = await egress.ask('/v2/a/manifests/latest');
  expect(errorOf(got.body).message).toBe(
    'up.example.com could not be asked: the name nowhere.invalid could not be resolved (ENOTFOUND)',
  );
});

test('a request is repeated if its connection breaks before the answer', async () => {
  let count = 0;
  await using origin = await startOrigin((_seen, response) => {
    count += 1;
    if (count < 3) response.socket?.destroy();
    else reply(response, 200, '{}');
  });
  await using egress = await startFixture(origin.url);
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(200);
});

test('the hot lane learns the reason of an engine error without another upstream request', async () => {
  let now = 0;
  let status = 429;
  await using origin = await startOrigin((_seen, response) =>
    reply(response, status, ociError('TOOMANYREQUESTS', 'slow down'), {
      'retry-after': '20',
      'docker-content-digest': DIGEST,
    }),
  );
  await using egress = await startFixture(origin.url, { deps: { now: () => now } });
  const path = '/v2/a/manifests/latest';
  const after = { headers: { 'x-engine-status': '404' } };
  await egress.ask(path, { method: 'HEAD' });
  expect((await egress.ask(path, after)).status).toBe(429);
  expect(origin.seen).toHaveLength(1);
  now = 15_001;
  expect((await egress.ask(path, after)).headers['retry-after']).toBe('5');
  expect(origin.seen).toHaveLength(1);
  now = 20_001;
  status = 404;
  expect((await egress.ask(path, after)).status).toBe(404);
  expect(origin.seen.filter(({ url }) => url !== '/v2/')).toHaveLength(2);
});

test('an upstream that asks for a pause gets one, for the limited requests', async () => {
  let now = 0;
  await using origin = await startOrigin(({ url }, response) =>
    url.includes('/manifests/')
      ? reply(response, 429, ociError('TOOMANYREQUESTS', 'slow down'), { 'retry-after': '3600' })
      : reply(response, 200, '{"tags":[]}'),
  );
  await using egress = await startFixture(origin.url, { deps: { now: () => now } });
  await egress.ask('/v2/a/manifests/one');
  now = 20_000;
  const other = await egress.ask('/v2/b/manifests/two');
  expect([other.status, other.headers['retry-after'], origin.seen.length]).toEqual([429, '40', 1]);
  expect(errorOf(other.body)).toMatchObject({
    code: 'TOOMANYREQUESTS',
    message:
      'up.example.com answered 429 Too Many Requests and is left alone for another 40 s, as it asked',
  });
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(200);
  // A longer pause ends after a minute.
  now = 60_000;
  await egress.ask('/v2/c/manifests/three');
  expect(origin.seen).toHaveLength(3);
});

test('simultaneous requests for a missing tag cost one request, and none for a while after it', async () => {
  let now = 0;
  let status = 404;
  await using origin = await startOrigin(async (_seen, response) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    reply(response, status, '{"schemaVersion":2}');
  });
  await using egress = await startFixture(origin.url, { deps: { now: () => now } });
  const path = '/v2/a/manifests/missing';
  const oci = 'application/vnd.oci.image.manifest.v1+json';
  const docker = 'application/vnd.docker.distribution.manifest.v2+json';
  const asked = () => origin.seen.filter(({ url }) => url === path);
  const ask = (accept: string) => egress.ask(path, { headers: { accept } });
  const herd = await Promise.all(Array.from({ length: 50 }, () => ask(`${oci}, ${docker}`)));
  expect(new Set(herd.map((got) => got.status))).toEqual(new Set([404]));
  expect(asked()).toHaveLength(1);
  now = 4_999;
  expect((await ask(`${docker};q=0.5,${oci}`)).status).toBe(404);
  expect(asked()).toHaveLength(1);
  // Another Accept is another request, and a pushed tag appears.
  await ask(oci);
  expect(asked()).toHaveLength(2);
  now = 5_001;
  status = 200;
  expect((await ask(`${oci}, ${docker}`)).status).toBe(200);
});

test('the rate limit of an upstream is in errors and in the metrics', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 404, '{}', {
      'ratelimit-limit': '100;w=21600',
      'ratelimit-remaining': '76;w=21600',
      'docker-ratelimit-source': '192.0.2.1',
    }),
  );
  await using egress = await startFixture(origin.url);
  const { headers } = await egress.ask('/v2/a/manifests/latest', { method: 'HEAD' });
  expect(headers).toMatchObject({
    'ratelimit-remaining': '76;w=21600',
    'docker-ratelimit-source': '192.0.2.1',
  });
  const metrics = (await egress.ask('/metrics', { over: 'socket' })).body.split('\n');
  expect(metrics).toContain(
    'registry_cache_upstream_ratelimit_limit{upstream="up.example.com"} 100',
  );
  expect(metrics).toContain(
    'registry_cache_upstream_ratelimit_remaining{upstream="up.example.com"} 76',
  );
});

test('the gauges of a removed upstream vanish from the metrics', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 404, '{}', { 'ratelimit-limit': '100', 'ratelimit-remaining': '76' }),
  );
  await using egress = await startFixture(origin.url);
  const gauges = async () => {
    await egress.ask('/v2/a/manifests/latest', { method: 'HEAD' });
    const { body } = await egress.ask('/metrics', { over: 'socket' });
    return body.match(/^[a-z_]+(?=\{upstream="up\.example\.com"\} \d+$)/gm)?.sort() ?? [];
  };
  const names = [
    'registry_cache_egress_exchanges_running',
    'registry_cache_egress_exchanges_waiting',
    'registry_cache_egress_upstream_up',
    'registry_cache_upstream_ratelimit_limit',
    'registry_cache_upstream_ratelimit_remaining',
  ];
  expect(await gauges()).toEqual(expect.arrayContaining(names));
  await egress.setOptions({ upstreams: [] });
  expect((await gauges()).filter((name) => names.includes(name))).toEqual([]);
});

test('a late answer of a removed upstream brings no gauge back', async () => {
  const removed = Promise.withResolvers<void>();
  await using origin = await startOrigin(async (_seen, response) => {
    await removed.promise;
    reply(response, 404, '{}', { 'ratelimit-limit': '100', 'ratelimit-remaining': '76' });
  });
  await using egress = await startFixture(origin.url);
  const metrics = async () => (await egress.ask('/metrics', { over: 'socket' })).body;
  const late = egress.ask('/v2/a/manifests/latest');
  await expect.poll(() => origin.seen.length).toBe(1);
  await egress.setOptions({ upstreams: [] });
  expect(await metrics()).not.toContain('upstream_up{upstream="up.example.com"}');
  removed.resolve();
  expect((await late).status).toBe(404);
  expect(await metrics()).not.toMatch(/(?:_up|_limit|_remaining)\{upstream="up\.example\.com"\}/);
});

test('a good answer deletes a remembered error', async () => {
  let status = 503;
  // The host itself answers: else its circuit would open before the next request.
  await using origin = await startOrigin((seen, response) =>
    reply(response, seen.url === '/v2/' ? 200 : status, '{}', { 'retry-after': '9' }),
  );
  await using egress = await startFixture(origin.url);
  await egress.ask('/v2/a/tags/list');
  status = 200;
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(200);
  expect(
    (await egress.ask('/v2/a/tags/list', { headers: { 'x-engine-status': '404' } })).status,
  ).toBe(200);
});

test('the error names a credential helper that failed', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200));
  await using egress = await startFixture(origin.url, {
    deps: { runHelper: async () => ({ failed: true, timedOut: false, stdout: '' }) },
  });
  await egress.setCredentials({
    up: { kind: 'helper', program: 'ecr', serverUrl: 'reg.example.com' },
  });
  const got = await egress.ask('/v2/a/tags/list');
  expect([got.status, errorOf(got.body).message]).toEqual([
    502,
    'up.example.com could not be asked: docker-credential-ecr get failed for reg.example.com',
  ]);
});
