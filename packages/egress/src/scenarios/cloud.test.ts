import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { type Origin, ociError, reply, startOrigin } from '../testing/origin.ts';

const TAGS = '/v2/project/repo/tags/list';
const HOST = 'europe-docker.pkg.dev';
const GOOGLE = { up: { kind: 'cloud', cloud: 'google', host: HOST } } as const;

let now = 0;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A metadata server whose tokens are `token-1`, `token-2` … */
async function startMetadata() {
  const state = { status: 200, lifetimeSeconds: 3600, given: 0 };
  const server = await startOrigin(({ headers }, response) => {
    if (headers['metadata-flavor'] !== 'Google') return reply(response, 403);
    if (state.status !== 200) return reply(response, state.status);
    state.given += 1;
    const token = { access_token: `token-${state.given}`, expires_in: state.lifetimeSeconds };
    reply(response, 200, JSON.stringify(token), { 'metadata-flavor': 'Google' });
  });
  vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${server.port}`);
  return { state, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** A registry that takes the tokens of `good`, and answers `refusal` to all others. */
async function startRegistry(good: (token: number) => boolean, refusal: 401 | 403) {
  return startOrigin(({ headers }, response) => {
    const challenge = { 'www-authenticate': 'Basic realm="registry"' };
    if (headers.authorization === undefined) return reply(response, 401, '', challenge);
    const [, pair = ''] = headers.authorization.split(' ');
    const [, token = ''] = /^oauth2accesstoken:token-(\d+)$/.exec(atob(pair)) ?? [];
    if (good(Number(token))) return reply(response, 200, '{"tags":[]}');
    const body = ociError('DENIED', 'Your authorization token has expired. Reauthenticate.');
    reply(response, refusal, body, refusal === 401 ? challenge : {});
  });
}

test('all requests share one login of the identity, and it is renewed before it ends', async () => {
  await using metadata = await startMetadata();
  await using registry = await startRegistry(() => true, 401);
  await using egress = await startFixture(registry.url);
  await egress.setCredentials(GOOGLE);
  const all = await Promise.all(Array.from({ length: 20 }, () => egress.ask(TAGS)));
  expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
  expect(metadata.state.given).toBe(1);
  now += 3_500_000;
  metadata.state.status = 503;
  expect((await egress.ask(TAGS)).status).toBe(200);
  metadata.state.status = 200;
  now += 60_000;
  expect((await egress.ask(TAGS)).status).toBe(200);
  await expect.poll(() => metadata.state.given).toBe(2);
});

test.each([401, 403] as const)(
  'a login that has ended early is told by %i, and renewed once',
  async (refusal) => {
    await using metadata = await startMetadata();
    let first = 1;
    await using registry = await startRegistry((token) => token >= first, refusal);
    await using egress = await startFixture(registry.url);
    await egress.setCredentials(GOOGLE);
    expect((await egress.ask(TAGS)).status).toBe(200);
    first = 2;
    now += 120_000;
    const all = await Promise.all(Array.from({ length: 10 }, () => egress.ask(TAGS)));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
    expect(metadata.state.given).toBe(2);
  },
);

test('an image that is really forbidden does not renew the login again and again', async () => {
  await using metadata = await startMetadata();
  await using registry = await startRegistry(() => false, 403);
  await using egress = await startFixture(registry.url);
  await egress.setCredentials(GOOGLE);
  for (let count = 0; count < 10; count += 1) {
    now += 10_000;
    const { status, body } = await egress.ask(`/v2/project/repo-${count}/tags/list`);
    expect([status, JSON.parse(body).errors[0].code]).toEqual([403, 'DENIED']);
  }
  expect(metadata.state.given).toBeLessThanOrEqual(2);
});

test('the identity goes to no token service at another host', async () => {
  await using metadata = await startMetadata();
  await using service: Origin = await startOrigin((_seen, response) =>
    reply(response, 200, '{"token":"x"}'),
  );
  await using registry = await startOrigin((_seen, response) =>
    reply(response, 401, '', {
      'www-authenticate': `Bearer realm="http://localhost:${service.port}/token"`,
    }),
  );
  await using egress = await startFixture(registry.url);
  await egress.setCredentials(GOOGLE);
  const { status, body } = await egress.ask(TAGS);
  expect(status).toBe(502);
  expect(body).toContain(`refused to send the identity of a cloud to localhost:${service.port}`);
  expect(service.seen).toEqual([]);
  expect(metadata.state.given).toBe(1);
});

test('a cloud that gives no login is told, and neither tokens nor variables are in the log', async () => {
  await using metadata = await startMetadata();
  await using registry = await startRegistry(() => true, 401);
  await using egress = await startFixture(registry.url);
  await egress.setCredentials(GOOGLE);
  expect((await egress.ask(TAGS)).status).toBe(200);
  vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:9');
  metadata.state.status = 403;
  now += 7_200_000;
  const { status, body } = await egress.ask(TAGS);
  expect(status).toBeGreaterThanOrEqual(500);
  expect(body).toContain('the identity of Google gave no login: ');
  const text = JSON.stringify(egress.log);
  expect(text).toContain('the identity of a cloud gave no login');
  expect(text).not.toMatch(/token-1|127\.0\.0\.1:9\b/);
});

test('an upstream with the identity of a cloud is never led to a metadata service', async () => {
  await using _metadata = await startMetadata();
  for (const address of ['169.254.169.254', '169.254.170.23', '[fd00:ec2::23]']) {
    await using registry = await startOrigin((_seen, response) =>
      reply(response, 307, '', { location: `http://${address}/latest/meta-data/` }),
    );
    const upstreams = [upstreamAt(registry.url, { storageHosts: ['fd00::/8', '169.254.0.0/16'] })];
    await using egress = await startFixture(registry.url, { options: { upstreams } });
    await egress.setCredentials(GOOGLE);
    const { status, body } = await egress.ask(TAGS);
    expect([status, body]).toEqual([502, expect.stringContaining('refused to follow')]);
  }
});
