import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tagPinFile } from '@registry-cache/domain';
import { addPin, type PinReason, removePin } from '@registry-cache/pins';
import { expect, test } from 'vitest';
import {
  type EgressFixture,
  startFixture,
  TAG_RULES,
  upstreamAt,
} from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { LATEST, startTagOrigin, type Version, version } from '../testing/tag-origin.ts';

const ONE = version('one');
const TWO = version('two');
const LATEST_PIN = { upstreamId: 'up', repository: 'a', tag: 'latest' };
const storeOf = ({ dir }: EgressFixture) => join(dir, 'store');

function pin(egress: EgressFixture, why: PinReason, { digest }: Version, tag = 'latest') {
  const since = new Date(0).toISOString();
  return addPin(storeOf(egress), { ...LATEST_PIN, tag, digest, why, by: 'ann', since });
}

/** A tag is checked at each request, so that only a pin can keep it from moving. */
const atOnce = (url: string) => ({
  options: { upstreams: [upstreamAt(url, { tags: { ...TAG_RULES, defaultMs: 0 } })] },
});

test('a frozen tag is served by its digest, for GET and HEAD, and its registry is not asked', async () => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url, atOnce(origin.url));
  await egress.ask(LATEST);
  await pin(egress, 'mirrored', ONE);
  origin.latest = TWO;
  origin.asked();
  for (const method of ['GET', 'HEAD']) {
    const got = await egress.ask(LATEST, { method });
    expect([got.status, got.headers['docker-content-digest'], got.headers['x-cache']]).toEqual([
      200,
      ONE.digest,
      'HIT',
    ]);
    expect(got.body).toBe(method === 'HEAD' ? '' : ONE.body);
  }
  const noFetch = { 'x-no-fetch': 'no' };
  expect((await egress.ask(LATEST, { headers: noFetch })).body).toBe(ONE.body);
  expect(origin.asked()).toEqual([]);
  await removePin(storeOf(egress), LATEST_PIN);
  expect((await egress.ask(LATEST)).body).toBe(TWO.body);
});

test('a frozen tag is served whatever its registry has there: no such tag, or nothing at all', async () => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url, atOnce(origin.url));
  await egress.ask(LATEST);
  await pin(egress, 'import', ONE);
  origin.latest = undefined;
  expect((await egress.ask(LATEST)).body).toBe(ONE.body);
  await origin.pause();
  expect((await egress.ask(LATEST)).body).toBe(ONE.body);
});

test('a frozen manifest that is lost is fetched again by its digest, and never by its tag', async () => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url, atOnce(origin.url));
  origin.latest = TWO;
  await pin(egress, 'mirrored', ONE);
  origin.asked();
  expect((await egress.ask(LATEST)).body).toBe(ONE.body);
  expect(origin.asked()).toEqual(['GET digest']);
  origin.forget(TWO.digest);
  await pin(egress, 'mirrored', TWO);
  expect((await egress.ask(LATEST)).status).toBe(404);
});

test.each(['pin', 'warm'] as const)('a tag with a pin by %s follows its registry', async (why) => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url, atOnce(origin.url));
  await egress.ask(LATEST);
  await pin(egress, why, ONE);
  origin.latest = TWO;
  expect((await egress.ask(LATEST)).body).toBe(TWO.body);
});

test('a pinned tag stays after its registry has deleted it, and another does not', async () => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url, atOnce(origin.url));
  await egress.ask(LATEST);
  await pin(egress, 'pin', ONE);
  origin.latest = undefined;
  const got = await egress.ask(LATEST);
  expect([got.status, got.body, got.headers['x-cache']]).toEqual([200, ONE.body, 'STALE']);
  await removePin(storeOf(egress), LATEST_PIN);
  expect((await egress.ask(LATEST)).status).toBe(404);
});

test('a tag with a broken pin keeps the digest that it has here, and the log names the file', async () => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url, atOnce(origin.url));
  await egress.ask(LATEST);
  await pin(egress, 'mirrored', ONE);
  const file = tagPinFile(storeOf(egress), 'up', 'a', 'latest');
  await writeFile(file, '{');
  origin.latest = TWO;
  for (let count = 0; count < 2; count += 1) {
    expect((await egress.ask(LATEST)).body).toBe(ONE.body);
  }
  const warnings = egress.log.filter((line) => line.file === file);
  expect(warnings).toMatchObject([{ level: 40, problem: 'not a JSON object (1 characters)' }]);
});

test('frozen tags are listed among those of the registry, page by page', async () => {
  const pages: Record<string, string> = {
    '/v2/a/tags/list': 'v3',
    '/v2/a/tags/list?n=1&last=v3': 'v5',
  };
  await using origin = await startOrigin(({ url }, response) => {
    const link = url.includes('last') ? {} : { link: '</v2/a/tags/list?n=1&last=v3>; rel="next"' };
    reply(response, 200, JSON.stringify({ name: 'a', tags: [pages[url]] }), link);
  });
  await using egress = await startFixture(origin.url);
  for (const tag of ['v1', 'v4', 'v3']) await pin(egress, 'mirrored', ONE, tag);
  await pin(egress, 'pin', ONE, 'v9');
  const list = async (query: string) => {
    const { body, headers } = await egress.ask(`/v2/a/tags/list${query}`);
    return [JSON.parse(body).tags, headers.link];
  };
  expect(await list('')).toEqual([['v1', 'v3', 'v4', 'v5'], undefined]);
  const [first, link] = await list('?n=3');
  expect([first, link]).toEqual([['v1', 'v3', 'v4'], '</v2/a/tags/list?n=3&last=v4>; rel="next"']);
  expect(await list('?n=3&last=v4')).toEqual([['v5'], undefined]);
});

test('frozen tags are the list of a repository that the registry does not have', async () => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url);
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(404);
  await pin(egress, 'import', ONE, 'v1');
  const { status, body } = await egress.ask('/v2/a/tags/list');
  expect([status, JSON.parse(body)]).toEqual([200, { name: 'a', tags: ['v1'] }]);
});

test('a tag that was missing is served as soon as it is pushed here', async () => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url);
  await egress.ask(LATEST);
  const target = '/v2/a/manifests/v1';
  expect((await egress.ask(target)).status).toBe(404);
  await pin(egress, 'mirrored', ONE, 'v1');
  expect((await egress.ask(target)).body).toBe(ONE.body);
});
