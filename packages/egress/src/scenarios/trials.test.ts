import type { EgressUpstream } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { basic, type EgressFixture, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { ociError, reply, startOrigin } from '../testing/origin.ts';
import { startTokenRegistry } from '../testing/token-registry.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const MANIFEST = '/v2/team/app/manifests/v1';
const ALICE = basic('alice', 'of-alice');

function start(url: string, change: Partial<EgressUpstream> = {}) {
  const upstreams = [upstreamAt(url, { triesLogins: true, ...change })];
  return startFixture(url, { options: { upstreams } });
}

async function tryAt(egress: EgressFixture, path: string, authorization: string) {
  const headers = { 'x-client-authorization': authorization };
  const got = await egress.ask(`/try${path}`, { method: 'POST', over: 'socket', headers });
  return { ...got, error: got.body === '' ? undefined : JSON.parse(got.body).errors[0] };
}

/** A registry with Basic, where `users` may see `/v2/team/app/`. */
function startPrivate(users: readonly string[], statuses: Record<string, number> = {}) {
  return startOrigin(({ url, headers }, response) => {
    if (!users.includes(headers.authorization ?? '')) {
      return reply(response, 401, ociError('UNAUTHORIZED', 'no'), {
        'www-authenticate': 'Basic realm="private"',
      });
    }
    if (!url.startsWith('/v2/team/app/')) return reply(response, 403, ociError('DENIED', 'no'));
    const kind = url.split('/')[4] ?? '';
    reply(response, statuses[kind] ?? 200, '', { location: 'https://cdn.example.com/x' });
  });
}

test('tries a login by HEAD of what is asked, by the token service of the registry', async () => {
  await using fake = await startTokenRegistry();
  await using egress = await start(fake.registry.url);
  // The credentials of the cache have no part in it.
  await egress.setCredentials({ up: { kind: 'basic', username: 'user', password: 'other' } });
  expect((await tryAt(egress, MANIFEST, basic('user', 'right'))).status).toBe(204);
  expect(fake.registry.lines()).toEqual([`HEAD ${MANIFEST}`, `HEAD ${MANIFEST}`]);
  expect(fake.tokens.lines()).toEqual([
    'GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull&account=user',
  ]);
  const wrong = await tryAt(egress, MANIFEST, basic('user', 'wrong'));
  expect(wrong).toMatchObject({ status: 401, error: { code: 'UNAUTHORIZED' } });
  expect(JSON.stringify(egress.log)).not.toContain(btoa('user:right'));
});

test('gets a new token for each trial, so that a changed password ends', async () => {
  let password = 'right';
  await using fake = await startTokenRegistry({ password: () => password });
  await using egress = await start(fake.registry.url);
  expect((await tryAt(egress, MANIFEST, basic('user', 'right'))).status).toBe(204);
  password = 'new';
  expect((await tryAt(egress, MANIFEST, basic('user', 'right'))).status).toBe(401);
  expect((await tryAt(egress, MANIFEST, basic('user', 'new'))).status).toBe(204);
});

test('tries each kind of path by the smallest request', async () => {
  await using origin = await startPrivate([ALICE]);
  await using egress = await start(origin.url);
  for (const path of ['tags/list', `blobs/${DIGEST}`, `referrers/${DIGEST}`]) {
    expect((await tryAt(egress, `/v2/team/app/${path}`, ALICE)).status).toBe(204);
  }
  expect([...new Set(origin.lines())]).toEqual([
    'GET /v2/team/app/tags/list?n=1',
    `HEAD /v2/team/app/blobs/${DIGEST}`,
    `HEAD /v2/team/app/manifests/${DIGEST}`,
  ]);
});

test('passes on what the registry says to others', async () => {
  await using origin = await startPrivate([ALICE], { manifests: 404 });
  await using egress = await start(origin.url);
  expect((await tryAt(egress, MANIFEST, basic('bob', 'x'))).status).toBe(401);
  expect((await tryAt(egress, '/v2/team/other/manifests/v1', ALICE)).status).toBe(403);
  expect((await tryAt(egress, MANIFEST, ALICE)).status).toBe(404);
});

test('a token of the registry is sent as it is', async () => {
  await using fake = await startTokenRegistry();
  await using egress = await start(fake.registry.url);
  expect((await tryAt(egress, MANIFEST, 'Bearer good-1')).status).toBe(204);
  expect((await tryAt(egress, MANIFEST, 'Bearer other')).status).toBe(401);
  expect(fake.tokens.seen).toEqual([]);
});

test('a redirect to storage is a yes, where the login was asked for', async () => {
  await using origin = await startPrivate([ALICE], { blobs: 307 });
  await using egress = await start(origin.url);
  expect((await tryAt(egress, `/v2/team/app/blobs/${DIGEST}`, ALICE)).status).toBe(204);
  await using open = await startOrigin((_, response) =>
    reply(response, 307, '', { location: 'https://other.example.com/x' }),
  );
  await using other = await start(open.url);
  expect((await tryAt(other, `/v2/team/app/blobs/${DIGEST}`, ALICE)).status).toBe(502);
});

test('a page of a portal is no yes', async () => {
  await using origin = await startOrigin((_, response) =>
    reply(response, 200, '<html>', { 'content-type': 'text/html' }),
  );
  await using egress = await start(origin.url);
  expect((await tryAt(egress, MANIFEST, ALICE)).status).toBe(502);
});

test('asks the names that a prefix makes', async () => {
  await using origin = await startOrigin((_, response) => reply(response, 200, ''));
  await using egress = await start(origin.url, { repositoryPrefix: 'remote' });
  expect((await tryAt(egress, MANIFEST, ALICE)).status).toBe(204);
  expect(origin.lines()).toEqual(['HEAD /v2/remote/team/app/manifests/v1']);
});

test('sends no login to a registry that is not set up for it', async () => {
  await using origin = await startOrigin((_, response) => reply(response, 200, ''));
  await using egress = await start(origin.url, { triesLogins: false });
  expect((await tryAt(egress, MANIFEST, ALICE)).status).toBe(404);
  expect(origin.seen).toEqual([]);
});

test('wants the boot secret, a path of a pull and a login', async () => {
  await using origin = await startPrivate([ALICE]);
  await using egress = await start(origin.url);
  const headers = { authorization: basic('up', 'wrong'), 'x-client-authorization': ALICE };
  const strange = await egress.ask(`/try${MANIFEST}`, { over: 'socket', headers });
  expect(strange.status).toBe(404);
  expect((await tryAt(egress, '/v2/_catalog', ALICE)).status).toBe(404);
  for (const login of ['', 'Basic', basic('', 'x'), 'Digest abc', 'Bearer a b']) {
    expect((await tryAt(egress, MANIFEST, login)).status).toBe(400);
  }
  expect(origin.seen).toEqual([]);
});

test('says so where the registry is away or offline', async () => {
  await using away = await start('http://127.0.0.1:1');
  expect((await tryAt(away, MANIFEST, ALICE)).status).toBe(502);
  await using offline = await start('http://127.0.0.1:1', { offline: true });
  expect((await tryAt(offline, MANIFEST, ALICE)).status).toBe(503);
});
