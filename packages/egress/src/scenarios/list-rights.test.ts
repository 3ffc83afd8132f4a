import { expect, test } from 'vitest';
import type { ListRights } from '../cache/contract/list-rights.ts';
import { startFixture } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';

const encode = (caller: object) => Buffer.from(JSON.stringify(caller)).toString('base64url');
const BOB = { 'x-caller': encode({ user: 'bob', groups: ['ops'], address: '10.0.0.1' }) };
const ANN = { 'x-caller': encode({ user: 'ann', groups: [], address: '10.0.0.1' }) };
const PATH = '/v2/team/app/tags/list';

/** Everybody but ann sees only tags that begin with `v`. */
const listRights: ListRights = {
  mayPullSome: () => true,
  mayPullAll: () => true,
  mayPullTag: ({ user }, image, tag) =>
    user === 'ann' || (image === 'up.example.com/team/app' && tag.startsWith('v')),
};

test('each client sees the tags that it may pull, of one list of the registry', async () => {
  const link = `<${PATH}?n=3&last=x>; rel="next"`;
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, '{"name":"team/app","tags":["v1","v2","x"]}', { link }),
  );
  await using egress = await startFixture(origin.url, { deps: { listRights: () => listRights } });
  const list = async (headers: Record<string, string>) => {
    const got = await egress.ask(`${PATH}?n=3`, { headers });
    expect(got.headers.link).toBe(link);
    expect(got.headers['content-length']).toBe(String(got.body.length));
    return JSON.parse(got.body);
  };
  expect(await list(BOB)).toEqual({ name: 'team/app', tags: ['v1', 'v2'] });
  expect(await list(ANN)).toEqual({ name: 'team/app', tags: ['v1', 'v2', 'x'] });
  // While rules are in force, a request that names no caller sees nothing.
  expect(await list({})).toEqual({ name: 'team/app', tags: [] });
});

test('simultaneous requests of two clients share the request and not the answer', async () => {
  await using origin = await startOrigin(async (_seen, response) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    reply(response, 200, '{"name":"team/app","tags":["v1","x"]}');
  });
  await using egress = await startFixture(origin.url, { deps: { listRights: () => listRights } });
  const asked = [BOB, ANN].map((headers) => egress.ask(PATH, { headers }));
  const [bob, ann] = (await Promise.all(asked)).map(({ body }) => JSON.parse(body).tags);
  expect([bob, ann]).toEqual([['v1'], ['v1', 'x']]);
  expect(origin.seen).toHaveLength(1);
});

test('a caller without sense gets no list', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, '{"tags":[]}'));
  await using egress = await startFixture(origin.url, { deps: { listRights: () => listRights } });
  const { status, body } = await egress.ask(PATH, { headers: { 'x-caller': 'bob' } });
  expect([status, body]).toEqual([400, expect.stringContaining('X-Caller names no caller')]);
  expect(origin.seen).toEqual([]);
});
