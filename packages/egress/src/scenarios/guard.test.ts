import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import { type Origin, reply, startOrigin } from '../testing/origin.ts';
import type { LookupAll } from '../wire/transport/connector.ts';

/** Names for tests. An upstream with a public address and loopback counts as public. */
const NAMES: Record<string, string[]> = {
  'public.test': ['127.0.0.1', '8.8.8.8'],
  'private.test': ['127.0.0.1', '10.0.0.1', 'fd00::1'],
  'loopback.test': ['127.0.0.1'],
  'rebound.test': ['127.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
};

const lookup: LookupAll = (hostname, _options, callback) => {
  const found = NAMES[hostname];
  if (found === undefined)
    return callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
  callback(
    null,
    found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  );
};

/** An upstream with a name of the table that answers each request with one redirect. */
async function redirected(name: string, location: (inner: Origin) => string) {
  await using inner = await startOrigin((_seen, response) => reply(response, 200, 'inner'));
  await using outer = await startOrigin((_seen, response) =>
    reply(response, 307, '', { location: location(inner) }),
  );
  await using egress = await startFixture(`http://${name}:${outer.port}`, { deps: { lookup } });
  const got = await egress.ask('/v2/a/tags/list');
  return { ...got, reached: inner.seen.length };
}

test.each([
  ['loopback', ({ port }: Origin) => `http://127.0.0.1:${port}/`],
  ['loopback by a number', ({ port }: Origin) => `http://2130706433:${port}/`],
  ['loopback in hexadecimal', ({ port }: Origin) => `http://0x7f.1:${port}/`],
  ['loopback mapped into IPv6', ({ port }: Origin) => `http://[::ffff:127.0.0.1]:${port}/`],
  ['a name of loopback', ({ port }: Origin) => `http://rebound.test:${port}/`],
  ['a name of mapped loopback', ({ port }: Origin) => `http://mapped.test:${port}/`],
  ['no address at all', ({ port }: Origin) => `http://0.0.0.0:${port}/`],
  ['the metadata service', () => 'http://169.254.169.254/latest/meta-data/'],
  ['a private network', () => 'http://10.0.0.1:9/'],
])('a redirect of a public upstream to %s is refused', async (_name, location) => {
  const { status, body, reached } = await redirected('public.test', location);
  expect(reached).toBe(0);
  expect(status).toBe(502);
  expect(JSON.parse(body).errors[0].message).toMatch(
    /^up\.example\.com could not be asked: refused to follow: /,
  );
});

test.each(['[::1]', '169.254.169.254'])(
  'a redirect of a private upstream to %s is refused',
  async (host) => {
    const { status, body } = await redirected(
      'private.test',
      ({ port }) => `http://${host}:${port}/`,
    );
    expect([status, body]).toEqual([502, expect.stringContaining('refused to follow')]);
  },
);

test('a redirect of a loopback upstream to loopback is followed', async () => {
  const got = await redirected('loopback.test', ({ port }) => `http://127.0.0.1:${port}/`);
  expect(got).toMatchObject({ status: 200, body: 'inner', reached: 1 });
});

test('the guard also refuses inner addresses of a token service', async () => {
  await using inner = await startOrigin((_seen, response) => reply(response, 200, '{"token":"x"}'));
  await using outer = await startOrigin((_seen, response) =>
    reply(response, 401, '', { 'www-authenticate': `Bearer realm="${inner.url}/token"` }),
  );
  await using egress = await startFixture(`http://public.test:${outer.port}`, {
    deps: { lookup },
  });
  const got = await egress.ask('/v2/a/tags/list');
  expect([got.status, inner.seen.length]).toEqual([502, 0]);
});

test('the upstream itself may have an inner address', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, 'own'));
  await using egress = await startFixture(`http://rebound.test:${origin.port}`, {
    deps: { lookup },
  });
  expect((await egress.ask('/v2/a/tags/list')).body).toBe('own');
});

test('a CDN never sees the Authorization of the upstream', async () => {
  await using cdn = await startOrigin((_seen, response) => reply(response, 200, 'from cdn'));
  await using origin = await startOrigin(({ headers }, response) => {
    if (headers.authorization === undefined) {
      return reply(response, 401, '', { 'www-authenticate': 'Basic realm="x"' });
    }
    reply(response, 302, '', { location: `${cdn.url}/blob?X-Signature=1` });
  });
  await using egress = await startFixture(origin.url);
  await egress.setCredentials({ up: { kind: 'basic', username: 'user', password: 'pass' } });
  expect((await egress.ask('/v2/a/tags/list')).body).toBe('from cdn');
  expect(cdn.seen).toHaveLength(1);
  expect(cdn.seen[0]?.headers).not.toHaveProperty('authorization');
});
