import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { realmKey } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { loopbackCertificate } from '../testing/certificate.ts';
import { type EgressFixture, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';

const CLIENT = 'Bearer token-of-the-client';

test('a request is passed through unchanged, with the client’s credentials and no others', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 202, 'answered', { 'x-kept': 'yes', 'www-authenticate': 'Bearer realm="x"' }),
  );
  await using egress = await startFixture(origin.url);
  await egress.setCredentials({ up: { kind: 'basic', username: 'robot', password: 'S3cret' } });
  const got = await egress.ask('/pass/v2/a/b/blobs/uploads/?mount=x', {
    method: 'POST',
    over: 'socket',
    headers: { 'x-client-authorization': CLIENT, 'x-sent': 'yes', connection: 'close' },
  });
  expect(got).toMatchObject({ status: 202, body: 'answered', headers: { 'x-kept': 'yes' } });
  const [seen] = origin.seen;
  expect(seen).toMatchObject({ method: 'POST', url: '/v2/a/b/blobs/uploads/?mount=x' });
  expect(seen?.headers).toMatchObject({ authorization: CLIENT, 'x-sent': 'yes' });
  expect(seen?.headers).not.toHaveProperty('x-client-authorization');
});

test('redirects to the registry itself use the name that the client knows', async () => {
  await using origin = await startOrigin((seen, response) => {
    const own = `${origin.url}/v2/a/blobs/uploads/1?_state=x`;
    const away = 'https://cdn.example.com/x';
    reply(response, 202, '', { location: seen.url === '/own' ? own : away });
  });
  await using egress = await startFixture(origin.url);
  const location = async (path: string) => {
    const headers = { host: 'quay.io' };
    return (await egress.ask(`/pass${path}`, { over: 'socket', headers })).headers.location;
  };
  expect(await location('/own')).toBe('https://quay.io/v2/a/blobs/uploads/1?_state=x');
  expect(await location('/away')).toBe('https://cdn.example.com/x');
});

test.each(['/v2/a/blobs/uploads/1?_state=a%2Fb', '1?_state=x', '?_state=x', '../../b/manifests/1'])(
  'a relative Location stays relative, since the client resolves it here: %s',
  async (location) => {
    await using origin = await startOrigin((_seen, response) =>
      reply(response, 202, '', { location }),
    );
    await using egress = await startFixture(origin.url);
    const asked = { method: 'POST', over: 'socket', headers: { host: 'quay.io' } } as const;
    const got = await egress.ask('/pass/v2/a/blobs/uploads/', asked);
    expect([got.status, got.headers.location]).toEqual([202, location]);
  },
);

test('links of a list use the name that the client knows, and others are removed', async () => {
  await using origin = await startOrigin((seen, response) => {
    const links: Record<string, string> = {
      '/own': `<${origin.url}/v2/_catalog?last=a>; rel="next"`,
      '/path': '</v2/_catalog?last=a>; rel="next"',
      '/away': '<https://cdn.example.com/v2/_catalog>; rel="next"',
      '/hidden': '<//cdn.example.com/v2/_catalog>; rel="next"',
    };
    reply(response, 200, '{}', { link: links[seen.url] ?? '' });
  });
  await using egress = await startFixture(origin.url);
  const link = async (path: string) => {
    const headers = { host: 'quay.io' };
    return (await egress.ask(`/pass${path}`, { over: 'socket', headers })).headers.link;
  };
  expect(await link('/own')).toBe('<https://quay.io/v2/_catalog?last=a>; rel="next"');
  expect(await link('/path')).toBe('</v2/_catalog?last=a>; rel="next"');
  expect([await link('/away'), await link('/hidden')]).toEqual([undefined, undefined]);
});

test('a passed path never reaches the pages of egress itself', async () => {
  await using origin = await startOrigin((seen, response) => reply(response, 200, seen.url));
  await using egress = await startFixture(origin.url);
  for (const path of ['/metrics', '/tunnel?host=x&port=1', '/pass/x']) {
    expect((await egress.ask(`/pass${path}`, { over: 'socket' })).body).toBe(path);
  }
});

test('a caller without the boot secret passes nothing through', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, ''));
  await using egress = await startFixture(origin.url);
  const headers = { authorization: 'Basic dXA6d3Jvbmc=' };
  const got = await egress.ask('/pass/v2/', { over: 'socket', headers });
  expect([got.status, origin.seen.length]).toEqual([404, 0]);
});

test('a ping of a registry that is down succeeds, and any other request fails', async () => {
  await using egress = await startFixture('http://127.0.0.1:1');
  expect(await egress.ask('/pass/v2/', { over: 'socket' })).toMatchObject({
    status: 200,
    body: '{}',
  });
  const failed = await egress.ask('/pass/v2/a/blobs/uploads/', { over: 'socket', method: 'POST' });
  expect(failed.status).toBe(502);
});

test('with a login of the cache, clients pull without one and push with their own', async () => {
  const tls = await loopbackCertificate();
  await using service = await startOrigin(
    (_seen, response) => reply(response, 200, JSON.stringify({ token: 'real' })),
    tls,
  );
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 401, '', {
      'www-authenticate': `Bearer realm="${service.url}/token?x=1",service="s"`,
    }),
  );
  const upstreams = (realms: string[]) => [upstreamAt(origin.url, { ca: tls.cert, realms })];
  await using egress = await startFixture(origin.url, { options: { upstreams: upstreams([]) } });
  const headers = { host: 'reg.test' };
  const ping = () => egress.ask('/pass/v2/', { over: 'socket', headers });
  expect((await ping()).headers['www-authenticate']).toContain(service.host);
  await egress.setCredentials({
    [realmKey(service.host)]: { kind: 'basic', username: 'robot', password: 'S3cret' },
  });
  expect((await ping()).headers['www-authenticate']).toContain(service.host);
  await egress.setOptions({ upstreams: upstreams([service.host]) });
  await expect
    .poll(async () => (await ping()).headers['www-authenticate'])
    .toBe('Bearer realm="https://reg.test/registry-cache/token",service="s"');
  const path = '/pass/registry-cache/token?service=s&scope=repository:a:pull,push';
  const nobody = await egress.ask(path, { over: 'socket', headers });
  expect(JSON.parse(nobody.body)).toMatchObject({ token: 'anonymous' });
  expect(service.seen).toEqual([]);
  const own = { ...headers, 'x-client-authorization': 'Basic b3duOm93bg==' };
  expect(JSON.parse((await egress.ask(path, { over: 'socket', headers: own })).body).token).toBe(
    'real',
  );
  expect(service.lines()).toEqual(['GET /token?x=1&service=s&scope=repository%3Aa%3Apull%2Cpush']);
  expect(service.seen[0]?.headers.authorization).toBe('Basic b3duOm93bg==');
});

test('while rules are in force, a token service of the registry itself is reached by the cache', async () => {
  await using origin = await startOrigin(({ url, headers }, response) => {
    if (!url.startsWith('/v2/auth')) {
      const challenge = `Bearer realm="${origin.url}/v2/auth",service="s"`;
      return reply(response, 401, '', { 'www-authenticate': challenge });
    }
    reply(response, 200, JSON.stringify({ token: headers.authorization ?? 'nobody' }));
  });
  let hasRules = false;
  const yes = () => true;
  const rights = { mayPullSome: yes, mayPullAll: yes, mayPullTag: yes, mayBePushed: yes };
  const listRights = () => (hasRules ? rights : undefined);
  await using egress = await startFixture(origin.url, { deps: { listRights } });
  const headers = { host: 'reg.test' };
  const ask = (path: string, more = {}) =>
    egress.ask(`/pass${path}`, { over: 'socket', headers: { ...headers, ...more } });
  expect((await ask('/v2/')).headers['www-authenticate']).toContain(`${origin.url}/v2/auth`);
  hasRules = true;
  expect((await ask('/v2/')).headers['www-authenticate']).toBe(
    'Bearer realm="https://reg.test/registry-cache/token",service="s"',
  );
  const tokenOf = async (more: object) =>
    JSON.parse((await ask('/registry-cache/token?scope=repository:a:push', more)).body).token;
  expect(await tokenOf({ 'x-client-authorization': 'Basic b3duOm93bg==' })).toBe(
    'Basic b3duOm93bg==',
  );
  // The registry itself decides what a client without a login gets.
  expect(await tokenOf({})).toBe('nobody');
});

test('a body is passed through while it arrives', async () => {
  const heard: string[] = [];
  await using origin = await startOrigin((seen, response) => {
    heard.push(seen.body);
    reply(response, 201, '');
  });
  await using egress = await startFixture(origin.url);
  const status = await upload(egress, ['one ', 'two ', 'three']);
  expect([status, heard]).toEqual([201, ['one two three']]);
});

/** Sends a chunked body, as docker uploads layers. */
function upload({ socket }: EgressFixture, pieces: readonly string[]): Promise<number> {
  const authorization = `Basic ${Buffer.from('up:boot-secret-of-the-tests').toString('base64')}`;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath: socket,
        path: '/pass/v2/a/blobs/uploads/1',
        method: 'PATCH',
        headers: { authorization },
      },
      (response) => void text(response).then(() => resolve(response.statusCode ?? 0), reject),
    ).on('error', reject);
    for (const piece of pieces) sent.write(piece);
    sent.end();
  });
}

test.each([
  ['two slashes', (host: string) => `//${host}/x`],
  ['a slash and a backslash', (host: string) => `/\\${host}/x`],
  ['a backslash and a slash', (host: string) => `\\/${host}/x`],
  ['a user name', (host: string) => `//reg.test@${host}/x`],
  ['dot segments', (host: string) => `/v2/..//${host}/x`],
  ['encoded dot segments', (host: string) => `/v2/%2e%2E//${host}/x`],
  ['a tab', (host: string) => `/\t/${host}/x`],
])('a path with %s does not lead to the host in it', async (_, pathOf) => {
  await using other = await startOrigin((_seen, response) => reply(response, 200, 'other'));
  await using origin = await startOrigin((_seen, response) => reply(response, 200, 'registry'));
  await using egress = await startFixture(origin.url);
  const headers = ['x-client-authorization: Bearer secret', 'cookie: secret=1'];
  const path = `/pass${pathOf(other.host)}`;
  const status = await sendRaw(egress, path, headers);
  expect([400, 404]).toContain(status);
  expect([origin.seen, other.seen]).toEqual([[], []]);
});

test('a whole URL as the request target is refused', async () => {
  await using other = await startOrigin((_seen, response) => reply(response, 200, 'other'));
  await using origin = await startOrigin((_seen, response) => reply(response, 200, 'registry'));
  await using egress = await startFixture(origin.url);
  for (const path of [
    `${other.url}/pass/x`,
    `/pass@${other.host}/x`,
    `/pass/http://${other.host}/x`,
  ])
    await sendRaw(egress, path, []);
  expect(other.seen).toEqual([]);
  expect(origin.lines()).toEqual([`GET /http://${other.host}/x`]);
});

/** The status for a request line that HTTP clients would not send. */
async function sendRaw({ socket }: EgressFixture, path: string, headers: readonly string[]) {
  const login = Buffer.from('up:boot-secret-of-the-tests').toString('base64');
  const lines = [
    'host: reg.test',
    'connection: close',
    `authorization: Basic ${login}`,
    ...headers,
  ];
  const sent = connect(socket);
  sent.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  return Number((await text(sent)).slice(9, 12));
}
