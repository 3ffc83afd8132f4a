import { expect, test } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { startTokenRegistry } from '../testing/token-registry.ts';

const user = (password: string) => ({ up: { kind: 'basic', username: 'user', password } }) as const;

test('answers a Bearer challenge, and remembers token and challenge', async () => {
  await using fake = await startTokenRegistry();
  await using egress = await startFixture(fake.registry.url);
  await egress.setCredentials(user('right'));
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(200);
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(200);
  expect(fake.registry.seen.map(({ headers }) => headers.authorization)).toEqual([
    undefined,
    'Bearer good-1',
    'Bearer good-1',
  ]);
  expect(fake.tokens.lines()).toEqual([
    'GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull&account=user',
  ]);
});

test('the challenge of one repository serves for a new one', async () => {
  await using fake = await startTokenRegistry({ anonymous: true });
  await using egress = await startFixture(fake.registry.url);
  await egress.ask('/v2/team/one/tags/list');
  await egress.ask('/v2/team/two/tags/list');
  expect(fake.registry.seen).toHaveLength(3);
  expect(fake.tokens.lines()[1]).toBe(
    'GET /token?service=reg&scope=repository%3Ateam%2Ftwo%3Apull',
  );
  expect(fake.tokens.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
});

test('simultaneous requests share one token', async () => {
  await using fake = await startTokenRegistry();
  await using egress = await startFixture(fake.registry.url);
  await egress.setCredentials(user('right'));
  const all = await Promise.all(
    Array.from({ length: 20 }, () => egress.ask('/v2/team/app/tags/list')),
  );
  expect(all.every(({ status }) => status === 200)).toBe(true);
  expect(fake.tokens.seen).toHaveLength(1);
});

test('replaces a revoked token', async () => {
  let now = 0;
  await using fake = await startTokenRegistry();
  await using egress = await startFixture(fake.registry.url, { deps: { now: () => now } });
  await egress.setCredentials(user('right'));
  await egress.ask('/v2/team/app/tags/list');
  fake.revoke();
  now = 60_000;
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(200);
  expect(fake.tokens.seen).toHaveLength(2);
});

test('an identity token is sent as a refresh token', async () => {
  await using fake = await startTokenRegistry();
  await using egress = await startFixture(fake.registry.url);
  await egress.setCredentials({ up: { kind: 'identity-token', token: 'refresh' } });
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(200);
  const [asked] = fake.tokens.seen;
  expect(asked).toMatchObject({ method: 'POST', url: '/token' });
  expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
    grant_type: 'refresh_token',
    service: 'reg',
    client_id: 'registry-cache',
    scope: 'repository:team/app:pull',
    refresh_token: 'refresh',
  });
});

test('a registry token is sent unchanged, and only to a registry that asks for a token', async () => {
  await using fake = await startTokenRegistry();
  await using egress = await startFixture(fake.registry.url);
  await egress.setCredentials({ up: { kind: 'registry-token', token: 'good-1' } });
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(200);
  expect((await egress.ask('/v2/team/other/tags/list')).status).toBe(200);
  expect(fake.registry.seen.map(({ headers }) => headers.authorization)).toEqual([
    undefined,
    'Bearer good-1',
    'Bearer good-1',
  ]);
  await egress.setCredentials({ up: { kind: 'registry-token', token: 's3cret' } });
  const refused = await egress.ask('/v2/team/new/tags/list');
  expect([refused.status, JSON.parse(refused.body).errors[0].code]).toEqual([401, 'UNAUTHORIZED']);
  expect(refused.body + JSON.stringify(egress.log)).not.toContain('s3cret');
  // A refused token is not tried twice, and no token service sees one.
  expect(fake.registry.seen).toHaveLength(4);
  expect(fake.tokens.seen).toEqual([]);
});

test('a registry token is sent to no redirect target, not even for its challenge', async () => {
  const bearer = { 'www-authenticate': 'Bearer realm="https://tokens.example.com/"' };
  await using other = await startOrigin((_seen, response) => reply(response, 401, '', bearer));
  await using origin = await startOrigin(({ url, headers }, response) =>
    headers.authorization === undefined
      ? reply(response, 401, '', bearer)
      : reply(response, 307, '', { location: `${other.url}${url}` }),
  );
  await using egress = await startFixture(origin.url);
  await egress.setCredentials({ up: { kind: 'registry-token', token: 's3cret' } });
  expect((await egress.ask('/v2/team/app/tags/list')).status).not.toBe(200);
  expect(origin.seen.at(-1)?.headers.authorization).toBe('Bearer s3cret');
  expect(other.seen.length).toBeGreaterThan(0);
  expect(JSON.stringify(other.seen)).not.toContain('s3cret');
});

test('a registry token does not answer a Basic challenge', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 401, '', { 'www-authenticate': 'Basic realm="x"' }),
  );
  await using egress = await startFixture(origin.url);
  await egress.setCredentials({ up: { kind: 'registry-token', token: 's3cret' } });
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(401);
  expect(origin.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test('a changed password is used from the next request on', async () => {
  let password = 'old';
  await using fake = await startTokenRegistry({ password: () => password });
  await using egress = await startFixture(fake.registry.url);
  await egress.setCredentials(user('old'));
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(200);
  password = 'new';
  await egress.setCredentials(user('wrong'));
  const refused = await egress.ask('/v2/team/app/tags/list');
  expect(refused.status).toBe(401);
  expect(JSON.parse(refused.body).errors[0]).toMatchObject({
    code: 'UNAUTHORIZED',
    message: `${fake.tokens.host}, the token service of up.example.com, answered 401 Unauthorized: incorrect username or password`,
  });
  await egress.setCredentials(user('new'));
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(200);
});

test('answers a Basic challenge, also after a change of the password', async () => {
  let password = 'one';
  await using origin = await startOrigin(({ headers }, response) => {
    const good = headers.authorization === `Basic ${btoa(`user:${password}`)}`;
    reply(response, good ? 200 : 401, '{}', good ? {} : { 'www-authenticate': 'Basic realm="x"' });
  });
  await using egress = await startFixture(origin.url);
  await egress.setCredentials(user('one'));
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(200);
  password = 'two';
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(401);
  await egress.setCredentials(user('two'));
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(200);
  expect(origin.seen).toHaveLength(4);
});

test('a HEAD that is refused in spite of its token is repeated as GET', async () => {
  // public.ecr.aws behaves so.
  const manifest = '{"schemaVersion":2}';
  let now = Date.UTC(2030, 0, 1);
  await using tokens = await startOrigin((_seen, response) =>
    reply(response, 200, '{"token":"good","expires_in":43200}'),
  );
  await using origin = await startOrigin(({ method, headers }, response) => {
    if (method === 'GET' && headers.authorization === 'Bearer good') {
      return reply(response, 200, manifest);
    }
    reply(response, 401, '', { 'www-authenticate': `Bearer realm="${tokens.url}/token"` });
  });
  await using egress = await startFixture(origin.url, { deps: { now: () => now } });
  expect((await egress.ask('/v2/a/manifests/latest')).body).toBe(manifest);
  now += 3_600_000;
  const got = await egress.ask('/v2/a/manifests/latest');
  expect([got.status, got.headers['x-cache'], got.body]).toEqual([200, 'MISS', manifest]);
  expect(origin.lines().at(-1)).toBe('GET /v2/a/manifests/latest');
});

test('asks a helper again after the token service has refused its login', async () => {
  let password = 'one';
  await using fake = await startTokenRegistry({ password: () => 'two' });
  const runHelper = async () => ({
    failed: false,
    timedOut: false,
    stdout: JSON.stringify({ Username: 'user', Secret: password }),
  });
  await using egress = await startFixture(fake.registry.url, { deps: { runHelper } });
  await egress.setCredentials({
    up: { kind: 'helper', program: 'x', serverUrl: 'up.example.com' },
  });
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(401);
  password = 'two';
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(200);
});

test('finds a token service that has moved', async () => {
  await using fake = await startTokenRegistry({ anonymous: true });
  await using old = await startOrigin((_seen, response) => reply(response, 410));
  let realm = old.url;
  await using origin = await startOrigin(({ headers }, response) => {
    if (headers.authorization === 'Bearer good-1') return reply(response, 200, '{}');
    reply(response, 401, '', { 'www-authenticate': `Bearer realm="${realm}/token"` });
  });
  await using egress = await startFixture(origin.url);
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(410);
  realm = fake.tokens.url;
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(200);
});

test('the log holds no secrets, tokens or queries', async () => {
  await using fake = await startTokenRegistry();
  await using cdn = await startOrigin((_seen, response) => reply(response, 403, '<Error/>'));
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 307, '', { location: `${cdn.url}/x?signature=s3cret` }),
  );
  await using egress = await startFixture(origin.url, {
    options: {
      upstreams: [
        upstreamAt(origin.url),
        upstreamAt(fake.registry.url, { id: 'token', key: 'token.example.com' }),
      ],
    },
  });
  await egress.setCredentials({ token: { kind: 'basic', username: 'user', password: 's3cret' } });
  await egress.ask('/v2/a/tags/list?last=s3cret');
  await egress.ask('/v2/a/tags/list', { id: 'token' });
  await egress.write('credentials.json', '{"token": s3cret');
  await egress.ask('/v2/a/tags/list', { id: 'token' });
  const text = JSON.stringify(egress.log);
  expect(egress.log.length).toBeGreaterThan(4);
  expect(text).not.toMatch(/s3cret|good-1|signature|boot-secret-of/);
});
