import { type CredentialsFile, realmKey } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { loopbackCertificate } from '../testing/certificate.ts';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { type Origin, reply, startOrigin } from '../testing/origin.ts';

const TAGS = '/v2/team/app/tags/list';
const login = (password: string) => ({ kind: 'basic', username: 'robot', password }) as const;

/** A token service that gives a token to all clients, and a registry that names it as `realm`. */
async function startPair(scheme: 'http' | 'https', challenge = '') {
  const tls = await loopbackCertificate();
  const service = await startOrigin(
    (_seen, response) => reply(response, 200, '{"token":"given"}'),
    scheme === 'https' ? tls : undefined,
  );
  const registry = await startOrigin(({ headers }, response) => {
    if (headers.authorization === 'Bearer given') return reply(response, 200, '{"tags":[]}');
    const named = `Bearer realm="${service.url}/token",service="s"${challenge}`;
    reply(response, 401, '', { 'www-authenticate': named });
  });
  return {
    service,
    registry,
    tls,
    async [Symbol.asyncDispose]() {
      await Promise.all([service, registry].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

/** The logins that the token service sees during one pull through an upstream with these realms. */
async function loginsSeen(
  { service, registry, tls }: Awaited<ReturnType<typeof startPair>>,
  realms: readonly string[],
  credentials: CredentialsFile = { [realmKey(service.host)]: login('S3cret') },
): Promise<(string | undefined)[]> {
  const upstreams = [upstreamAt(registry.url, { ca: tls.cert, realms })];
  await using egress = await startFixture(registry.url, { options: { upstreams } });
  await egress.setCredentials(credentials);
  expect((await egress.ask(TAGS)).status).toBe(200);
  return authorizations(service);
}

function authorizations({ seen }: Origin): (string | undefined)[] {
  return seen.map(({ headers }) => headers.authorization);
}

test('the login of a token service is used for an upstream that it is tied to', async () => {
  await using pair = await startPair('https');
  expect(await loginsSeen(pair, [pair.service.host])).toEqual([`Basic ${btoa('robot:S3cret')}`]);
});

test('the login of a token service is not used for other upstreams that name the service', async () => {
  await using pair = await startPair('https');
  expect(await loginsSeen(pair, [])).toEqual([undefined]);
  expect(await loginsSeen(pair, ['other.example.com'])).toEqual([undefined, undefined]);
});

test('the login of a token service is never sent over plain http', async () => {
  await using pair = await startPair('http');
  expect(await loginsSeen(pair, [pair.service.host])).toEqual([undefined]);
});

test('a token is requested for the pull alone, whatever scope the challenge names', async () => {
  await using pair = await startPair(
    'https',
    ',scope="repository:other/secret:pull,push registry:catalog:*"',
  );
  await loginsSeen(pair, [pair.service.host]);
  const [line = ''] = pair.service.lines();
  const { searchParams } = new URL(line.replace('GET ', ''), pair.service.url);
  expect(searchParams.getAll('scope')).toEqual(['repository:team/app:pull']);
});

test("an upstream's own login is sent over plain http only to its own host", async () => {
  await using service = await startOrigin((_seen, response) =>
    reply(response, 200, '{"token":"given"}'),
  );
  const realm = `http://localhost:${service.port}/token`;
  await using registry = await startOrigin((_seen, response) =>
    reply(response, 401, '', { 'www-authenticate': `Bearer realm="${realm}"` }),
  );
  await using egress = await startFixture(registry.url);
  await egress.setCredentials({ up: login('S3cret') });
  const refused = await egress.ask(TAGS);
  expect([refused.status, refused.body]).toEqual([
    502,
    expect.stringContaining(
      `refused to send credentials to localhost:${service.port} over plain http`,
    ),
  ]);
  expect(service.seen).toEqual([]);
});

test('a token is used only for the login that it was requested with', async () => {
  await using service = await startOrigin(({ headers }, response) => {
    const [, pair = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? [];
    reply(response, 200, JSON.stringify({ token: `for-${atob(pair).replace(/\W/g, '-')}` }));
  });
  await using registry = await startOrigin(({ headers }, response) => {
    const { authorization } = headers;
    if (authorization !== undefined) return reply(response, 200, '{"tags":[]}');
    reply(response, 401, '', { 'www-authenticate': `Bearer realm="${service.url}/token"` });
  });
  const upstreams = ['up', 'up-two'].map((id) =>
    upstreamAt(registry.url, { id, key: `up.example.com/${id}` }),
  );
  await using egress = await startFixture(registry.url, { options: { upstreams } });
  // Names of Harbor's robots can be prefixes of each other.
  const robot = (username: string) => ({ kind: 'basic', username, password: 'p' }) as const;
  await egress.setCredentials({ up: robot('robot$a'), 'up-two': robot('robot$a+b') });
  for (const id of ['up', 'up-two', 'up']) await egress.ask(TAGS, { id });
  await egress.setCredentials({ up: robot('robot$a+b+c') });
  await egress.ask(TAGS);
  const tokens = authorizations(registry).filter((one) => one !== undefined);
  expect(tokens).toEqual([
    'Bearer for-robot-a-p',
    'Bearer for-robot-a-b-p',
    'Bearer for-robot-a-p',
    'Bearer for-robot-a-b-c-p',
  ]);
});
