import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';

const TAGS = '/v2/a/tags/list';

/** Sends a challenge at `/v2/` only. Other requests without a login get `status`. */
function startShy(status: number, storage?: string) {
  return startOrigin(({ url, headers }, response) => {
    if (headers.authorization === `Basic ${btoa('user:pw')}`) return reply(response, 200, '{}');
    if (url === '/v2/') {
      return reply(response, 401, '', { 'www-authenticate': 'Basic realm="x"' });
    }
    reply(response, status, '', storage === undefined ? {} : { location: `${storage}/bucket` });
  });
}

test.each([401, 403, 404])(
  'a registry that sends a challenge only at /v2/, and %i elsewhere, gets the login',
  async (status) => {
    await using origin = await startShy(status);
    await using egress = await startFixture(origin.url);
    await egress.setCredentials({ up: { kind: 'basic', username: 'user', password: 'pw' } });
    expect((await egress.ask(TAGS)).status).toBe(200);
    // The next request needs no ping.
    expect((await egress.ask('/v2/b/tags/list')).status).toBe(200);
    expect(origin.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${TAGS}`,
      'GET /v2/',
      `GET ${TAGS}`,
      'GET /v2/b/tags/list',
    ]);
  },
);

test('a request is repeated with the login if the redirect of the bare one ends in a refusal', async () => {
  await using storage = await startOrigin((_seen, response) => reply(response, 403, '<Error/>'));
  await using origin = await startShy(302, storage.url);
  await using egress = await startFixture(origin.url);
  await egress.setCredentials({ up: { kind: 'basic', username: 'user', password: 'pw' } });
  expect((await egress.ask(TAGS)).status).toBe(200);
});

test('a registry without a challenge is pinged once for a while', async () => {
  await using origin = await startOrigin(({ url }, response) =>
    reply(response, url === '/v2/' ? 200 : 404, '{}'),
  );
  const clock = { now: 0 };
  await using egress = await startFixture(origin.url, { deps: { now: () => clock.now } });
  for (const name of ['a', 'b', 'c']) {
    expect((await egress.ask(`/v2/${name}/tags/list`)).status).toBe(404);
  }
  const pings = () => origin.seen.filter(({ url }) => url === '/v2/');
  expect(pings()).toHaveLength(1);
  clock.now += 600_000;
  await egress.ask('/v2/d/tags/list');
  expect(pings()).toHaveLength(2);
});
