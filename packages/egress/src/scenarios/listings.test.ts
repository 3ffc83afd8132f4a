import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import { ociError, reply, startOrigin } from '../testing/origin.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const REFERRERS = `/v2/team/app/referrers/${DIGEST}`;
const FALLBACK = `/v2/team/app/manifests/sha256-${'a'.repeat(64)}`;
const INDEX = 'application/vnd.oci.image.index.v1+json';
const errorOf = (body: string) => JSON.parse(body).errors[0];

async function storeTags({ dir }: EgressFixture, ...tags: string[]): Promise<void> {
  const repository = 'store/registries/up/docker/registry/v2/repositories/team/app';
  for (const tag of tags) {
    const current = join(dir, repository, '_manifests/tags', tag, 'current');
    await mkdir(current, { recursive: true });
    await writeFile(join(current, 'link'), DIGEST);
  }
  await mkdir(join(dir, repository, '_manifests/tags/shell'), { recursive: true });
}

const referrer = (name: string, artifactType: string) => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${name.repeat(64)}`,
  size: 7,
  artifactType,
});

test('simultaneous requests for one list cost one request', async () => {
  await using origin = await startOrigin(async (_seen, response) => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    reply(response, 200, '{"name":"team/app","tags":["v1"]}');
  });
  await using egress = await startFixture(origin.url);
  const asks = Array.from({ length: 20 }, () => egress.ask('/v2/team/app/tags/list'));
  for (const got of await Promise.all(asks)) {
    expect([got.status, got.headers['x-cache'], got.body]).toEqual([
      200,
      'MISS',
      '{"name":"team/app","tags":["v1"]}',
    ]);
  }
  expect(origin.seen).toHaveLength(1);
  const head = await egress.ask('/v2/team/app/tags/list', { method: 'HEAD' });
  expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '33', '']);
});

test('the listed referrers are noted before a client reads them', async () => {
  await using origin = await startOrigin(({ url }, response) => {
    const isFirst = !url.includes('artifactType');
    const entries = isFirst ? [referrer('b', 'one'), { digest: 'x' }] : [referrer('c', 'two')];
    reply(response, 200, JSON.stringify({ manifests: entries }), { 'content-type': INDEX });
  });
  await using egress = await startFixture(origin.url);
  const note = join(
    egress.dir,
    'store/registries/up/docker/registry/v2/repositories/team/app/_referrers',
    DIGEST.replace(':', '-'),
  );
  expect((await egress.ask(REFERRERS)).status).toBe(200);
  expect(await readFile(note, 'utf8')).toBe(`sha256:${'b'.repeat(64)}\n`);
  expect((await egress.ask(`${REFERRERS}?artifactType=two`)).status).toBe(200);
  expect((await readFile(note, 'utf8')).split('\n')).toHaveLength(3);
});

test.each([429, 500, 503])(
  'the stored tags are listed while the upstream answers %i',
  async (status) => {
    await using origin = await startOrigin((_seen, response) => reply(response, status));
    await using egress = await startFixture(origin.url);
    await storeTags(egress, 'v2', 'V10', 'latest', 'v1');
    const got = await egress.ask('/v2/team/app/tags/list');
    expect([got.status, got.headers['x-cache'], got.headers['content-type']]).toEqual([
      200,
      'STALE',
      'application/json',
    ]);
    const all = { name: 'team/app', tags: ['latest', 'v1', 'V10', 'v2'] };
    expect(JSON.parse(got.body)).toEqual(all);
    expect(got.headers).not.toHaveProperty('link');
  },
);

test('the list of stored tags has pages', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 500));
  await using egress = await startFixture(origin.url);
  await storeTags(egress, 'a', 'b', 'c');
  const page = async (query: string) => {
    const { status, headers, body } = await egress.ask(`/v2/team/app/tags/list?${query}`);
    return [status, headers.link, JSON.parse(body).tags];
  };
  const next = '</v2/team/app/tags/list?n=2&last=b>; rel="next"';
  expect(await page('n=2')).toEqual([200, next, ['a', 'b']]);
  expect(await page('n=2&last=b')).toEqual([200, undefined, ['c']]);
  expect(await page('last=aa')).toEqual([200, undefined, ['b', 'c']]);
  expect(await page('n=0')).toEqual([200, undefined, []]);
  expect(await page('n=1000')).toEqual([200, undefined, ['a', 'b', 'c']]);
  expect(await page('n=-1')).toEqual([500, undefined, undefined]);
});

test.each([
  ['401', 401, ['v1']],
  ['404', 404, ['v1']],
  ['500 without a stored tag', 500, []],
])('%s is passed on', async (_what, status, tags) => {
  await using origin = await startOrigin((_seen, response) => reply(response, status));
  await using egress = await startFixture(origin.url);
  await storeTags(egress, ...tags);
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(status);
});

test('the stored tags are listed while the upstream cannot be reached', async () => {
  const gone = await startOrigin(() => undefined);
  await gone[Symbol.asyncDispose]();
  await using egress = await startFixture(gone.url);
  expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(502);
  await storeTags(egress, 'v1');
  const got = await egress.ask('/v2/team/app/tags/list');
  expect([got.status, got.headers['x-cache']]).toEqual([200, 'STALE']);
});

test('referrers come from the upstream, or as they last came while the upstream fails', async () => {
  let status = 200;
  const body = JSON.stringify({ schemaVersion: 2, manifests: [referrer('b', 'x/y')] });
  await using origin = await startOrigin((_seen, response) =>
    reply(response, status, body, {
      'content-type': INDEX,
      link: `<${origin.url}${REFERRERS}?last=z>; rel="next"`,
    }),
  );
  await using egress = await startFixture(origin.url);
  const fresh = await egress.ask(REFERRERS);
  expect([fresh.status, fresh.headers['x-cache'], fresh.body]).toEqual([200, 'MISS', body]);
  expect(fresh.headers.link).toBe(`<${REFERRERS}?last=z>; rel="next"`);
  status = 500;
  const stale = await egress.ask(REFERRERS);
  expect([stale.status, stale.headers['x-cache'], stale.body]).toEqual([200, 'STALE', body]);
  expect((await egress.ask(REFERRERS.replace(DIGEST, `sha256:${'c'.repeat(64)}`))).status).toBe(
    500,
  );
});

test.each<[string, number, string, Record<string, string>]>([
  ['404', 404, '404 page not found', { 'content-type': 'text/plain' }],
  ['404 in the OCI shape', 404, ociError('UNSUPPORTED', 'no'), {}],
  ['405', 405, '', {}],
  ['a page for people', 200, '<html>Welcome</html>', { 'content-type': 'text/html' }],
])('without the referrers API (%s) they come from the fallback tag', async (_what, ...answer) => {
  const index = { schemaVersion: 2, manifests: [referrer('b', 'x/sig'), referrer('c', 'x/sbom')] };
  const [status, body, headers] = answer;
  await using origin = await startOrigin(({ url }, response) => {
    if (url === FALLBACK) {
      reply(response, 200, JSON.stringify(index), { 'content-type': INDEX });
    } else reply(response, status, body, headers);
  });
  await using egress = await startFixture(origin.url);
  const all = await egress.ask(REFERRERS);
  expect([all.status, all.headers['content-type']]).toEqual([200, INDEX]);
  expect(JSON.parse(all.body)).toEqual({ ...index, mediaType: INDEX });
  expect(all.headers).not.toHaveProperty('oci-filters-applied');
  const some = await egress.ask(`${REFERRERS}?artifactType=x%2Fsbom`);
  expect(JSON.parse(some.body).manifests).toEqual([index.manifests[1]]);
  expect(some.headers['oci-filters-applied']).toBe('artifactType');
});

test('without a fallback tag the index is empty', async () => {
  await using origin = await startOrigin(({ url }, response) =>
    url.includes('/manifests/')
      ? reply(response, 404, ociError('MANIFEST_UNKNOWN', 'manifest unknown'))
      : reply(response, 404, '404 page not found'),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(REFERRERS);
  expect([got.status, JSON.parse(got.body)]).toEqual([
    200,
    { schemaVersion: 2, mediaType: INDEX, manifests: [] },
  ]);
});

test.each([
  [404, 'NAME_UNKNOWN'],
  [403, 'DENIED'],
  [429, 'TOOMANYREQUESTS'],
])('%i %s of an upstream is passed on', async (status, code) => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, status, ociError(code, 'because')),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(REFERRERS);
  expect([got.status, errorOf(got.body).code]).toEqual([status, code]);
});

test('the next page begins after `last`, also if the upstream ignores `last`', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, '{"name":"team/app","tags":["a","b","c"]}'),
  );
  await using egress = await startFixture(origin.url);
  const tagsAfter = async (last: string) =>
    JSON.parse((await egress.ask(`/v2/team/app/tags/list?last=${last}`)).body).tags;
  expect(await tagsAfter('a')).toEqual(['b', 'c']);
  expect(await tagsAfter('c')).toEqual([]);
  // `last` is not in the list: the upstream has used it, and has its own order.
  expect(await tagsAfter('aa')).toEqual(['a', 'b', 'c']);
});

/** A registry whose second page has a cursor that only the registry can read. */
const CURSOR = 'next_page=gAAA%3d%2f+x&empty=&flag';
const startPaged = (path: string, body: (page: 1 | 2) => string) =>
  startOrigin(({ url }, response) => {
    if (url === `${path}?n=2&${CURSOR}`) return reply(response, 200, body(2));
    const link = `<https://inside.test:8443${path}?n=2&${CURSOR}>; rel="next"`;
    reply(response, 200, body(1), { link });
  });

test.each([
  ['tags', '/v2/team/app/tags/list', (page: number) => `{"name":"team/app","tags":["v${page}"]}`],
  ['referrers', REFERRERS, (page: number) => `{"manifests":[{"digest":"sha256:${page}"}]}`],
])('a page of %s is requested by the query of its link', async (_, path, body) => {
  await using origin = await startPaged(path, body);
  await using egress = await startFixture(origin.url);
  const first = await egress.ask(`${path}?n=2`);
  expect([first.body, first.headers.link]).toEqual([
    body(1),
    `<${path}?n=2&${CURSOR}>; rel="next"`,
  ]);
  const [, next = ''] = /^<(.*)>/.exec(first.headers.link as string) ?? [];
  const second = await egress.ask(next);
  expect([second.body, second.headers.link]).toEqual([body(2), undefined]);
});

test('while the upstream fails, no request for a later page gets the first one', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 500));
  await using egress = await startFixture(origin.url);
  await storeTags(egress, 'v1');
  expect((await egress.ask('/v2/team/app/tags/list?n=2')).status).toBe(200);
  expect((await egress.ask(`/v2/team/app/tags/list?n=2&${CURSOR}`)).status).toBe(500);
});

test("a list's query is refused if it is too long, and other queries are dropped", async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, '{"tags":[]}'));
  await using egress = await startFixture(origin.url);
  const long = await egress.ask(`/v2/team/app/tags/list?c=${'x'.repeat(4_095)}`);
  expect([long.status, errorOf(long.body).code]).toEqual([400, 'NAME_INVALID']);
  await egress.ask('/v2/team/app/manifests/v1?secret=1');
  await egress.ask('/v2/team/app/tags/list?');
  expect(origin.lines()).toEqual([
    expect.stringMatching(/ \/v2\/team\/app\/manifests\/v1$/),
    'GET /v2/team/app/tags/list',
  ]);
});

test('links of an upstream never lead past the cache', async () => {
  const links = ['</login>; rel="next"', '<https://evil.test/x?y>; rel="next"', '<//evil.test>'];
  await using origin = await startOrigin(({ url }, response) => {
    const headers = { link: links.join(', '), 'content-type': INDEX };
    reply(response, 200, url.includes('/tags/') ? '{"tags":[]}' : '{"schemaVersion":2}', headers);
  });
  await using egress = await startFixture(origin.url);
  for (const path of ['/v2/team/app/tags/list', '/v2/team/app/manifests/v1', REFERRERS]) {
    expect((await egress.ask(path)).headers).not.toHaveProperty('link');
  }
});
