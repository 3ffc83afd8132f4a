import { expect, test } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { type Origin, reply, startOrigin } from '../testing/origin.ts';

const TAGS = '/v2/org/app/tags/list';
const login = (password: string) => ({ kind: 'basic', username: 'user', password }) as const;

/** B wants its own token, and gives one to any client. The token names the client's login. */
async function startB(): Promise<Origin> {
  const registry = await startOrigin(({ url, headers }, response) => {
    const { authorization = 'nobody' } = headers;
    if (url.startsWith('/token')) {
      const token = Buffer.from(authorization).toString('base64url');
      return reply(response, 200, JSON.stringify({ token }));
    }
    if (authorization.startsWith('Bearer ')) return reply(response, 200, '{"tags":["1"]}');
    const challenge = `Bearer realm="${registry.url}/token",service="B",scope="repository:*:pull,push"`;
    reply(response, 401, '', { 'www-authenticate': challenge });
  });
  return registry;
}

/** A redirects all requests to B. With a `password`, A wants Basic. */
function startA(b: Origin, password?: string): Promise<Origin> {
  const wanted = password === undefined ? undefined : `Basic ${btoa(`user:${password}`)}`;
  return startOrigin(({ url, headers }, response) => {
    if (headers.authorization !== wanted) {
      return reply(response, 401, '', { 'www-authenticate': 'Basic realm="A"' });
    }
    reply(response, 307, '', { location: `${b.url}${url.replace('/org/', '/company/')}` });
  });
}

/** The logins that B and its token service have seen, each once. */
function seenBy({ seen }: Origin): (string | undefined)[] {
  return [...new Set(seen.map(({ headers }) => headers.authorization))];
}

const bearerFor = (authorization: string) =>
  `Bearer ${Buffer.from(authorization).toString('base64url')}`;

test('a registry that another one redirects to gets its own anonymous token', async () => {
  await using b = await startB();
  await using a = await startA(b, 'of-A');
  await using egress = await startFixture(a.url);
  await egress.setCredentials({ up: login('of-A') });
  expect(await egress.ask(TAGS)).toMatchObject({ status: 200, body: '{"tags":["1"]}' });
  expect(seenBy(b)).toEqual([undefined, bearerFor('nobody')]);
  const asked = b.lines().find((line) => line.includes('/token'));
  expect(asked).toBe('GET /token?service=B&scope=repository%3Acompany%2Fapp%3Apull');
  // The token is remembered as B's.
  await egress.ask(TAGS.replace('list', 'list?n=1'));
  expect(b.lines().filter((line) => line.includes('/token'))).toHaveLength(1);
});

test('each registry on the way gets its own login, and B the one of the longest key', async () => {
  await using b = await startB();
  await using a = await startA(b, 'of-A');
  const upstreams = [
    upstreamAt(a.url),
    upstreamAt(b.url, { id: 'b', key: 'b.example.com' }),
    upstreamAt(b.url, { id: 'b-company', key: 'b.example.com/company' }),
    upstreamAt(b.url, { id: 'b-other', key: 'b.example.com/comp' }),
  ];
  await using egress = await startFixture(a.url, { options: { upstreams } });
  await egress.setCredentials({
    up: login('of-A'),
    b: login('of-B'),
    'b-company': login('of-company'),
    'b-other': login('of-other'),
  });
  expect((await egress.ask(TAGS)).status).toBe(200);
  const basic = `Basic ${btoa('user:of-company')}`;
  expect(seenBy(b)).toEqual([undefined, basic, bearerFor(basic)]);
});

test('the 401 of a storage host is not answered with a login', async () => {
  await using storage = await startOrigin((_seen, response) =>
    reply(response, 401, '', { 'www-authenticate': 'Basic realm="storage"' }),
  );
  await using a = await startOrigin((_seen, response) =>
    reply(response, 307, '', { location: `${storage.url}/bucket/x` }),
  );
  await using egress = await startFixture(a.url);
  await egress.setCredentials({ up: login('of-A') });
  const { status, body } = await egress.ask(`/v2/a/blobs/sha256:${'a'.repeat(64)}`);
  expect([status, body]).toEqual([401, expect.stringContaining(storage.host)]);
  expect(seenBy(storage)).toEqual([undefined]);
});
