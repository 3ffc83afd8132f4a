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
  mayBePushed: () => false,
  mayPullTag: ({ user }, image, tag) =>
    user === 'ann' || (image === 'up.example.com/team/app' && tag.startsWith('v')),
};

test('each client sees the tags that it may pull, and no cursor names another', async () => {
  const tags = [
    'a1',
    'v1',
    'v2',
    'x1',
    'x2',
    'x3',
    'x4',
    'x5',
    'x6',
    'x7',
    'x8',
    'v3',
    'x9',
  ].sort();
  await using origin = await startOrigin(({ url }, response) => {
    const query = new URLSearchParams(url.split('?')[1]);
    const count = Number(query.get('n') ?? 100);
    const rest = tags.filter((tag) => tag > (query.get('last') ?? ''));
    const page = rest.slice(0, count);
    const isMore = page.length < rest.length;
    const link = `<${PATH}?n=${count}&last=${page.at(-1)}>; rel="next"`;
    const body = JSON.stringify({ name: 'team/app', tags: page });
    return reply(response, 200, body, isMore ? { link } : {});
  });
  await using egress = await startFixture(origin.url, { deps: { listRights: () => listRights } });
  const list = async (headers: Record<string, string>, query: string) => {
    const got = await egress.ask(`${PATH}?${query}`, { headers });
    expect(got.headers['content-length']).toBe(String(got.body.length));
    return [JSON.parse(got.body).tags, got.headers.link];
  };
  const next = (query: string) => `<${PATH}?${query}>; rel="next"`;
  expect(await list(ANN, 'n=4')).toEqual([['a1', 'v1', 'v2', 'v3'], next('n=4&last=v3')]);
  expect(await list(BOB, 'n=1')).toEqual([['v1'], next('n=1&last=v1')]);
  expect(await list(BOB, 'n=2')).toEqual([['v1', 'v2'], next('n=2&last=v2')]);
  // Nobody can tell whether a hidden tag is behind the last one.
  expect(await list(BOB, 'n=1&last=v3')).toEqual([[], undefined]);
  expect(await list(BOB, 'n=1&last=x9')).toEqual([[], undefined]);
  // While rules are in force, a request that names no caller sees nothing.
  expect(await list({}, 'n=3')).toEqual([[], undefined]);
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

test('the operator sees all tags, whatever the rules say', async () => {
  await using origin = await startOrigin((_seen, response) => {
    reply(response, 200, '{"name":"team/app","tags":["v1","x"]}');
  });
  await using egress = await startFixture(origin.url, { deps: { listRights: () => listRights } });
  const { body } = await egress.ask(PATH, { headers: { 'x-caller': 'operator' } });
  expect(JSON.parse(body).tags).toEqual(['v1', 'x']);
});

test('a caller without sense gets no list', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, '{"tags":[]}'));
  await using egress = await startFixture(origin.url, { deps: { listRights: () => listRights } });
  const { status, body } = await egress.ask(PATH, { headers: { 'x-caller': 'bob' } });
  expect([status, body]).toEqual([400, expect.stringContaining('X-Caller names no caller')]);
  expect(origin.seen).toEqual([]);
});
