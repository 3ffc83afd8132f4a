import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryDir, type TagRules, tagCurrentLink } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { startFixture, TAG_RULES, upstreamAt } from '../testing/egress-fixture.ts';
import { LATEST, startTagOrigin, type TagOrigin, version } from '../testing/tag-origin.ts';

const HOUR = 3_600_000;
const ONE = version('one');
const TWO = version('two');

async function startTagged(rules: Partial<TagRules> = {}) {
  const clock = { now: Date.UTC(2030, 0, 1) };
  const origin = await startTagOrigin(ONE);
  const egress = await startFixture(origin.url, {
    options: { upstreams: [upstreamAt(origin.url, { tags: { ...TAG_RULES, ...rules } })] },
    deps: { now: () => clock.now },
  });
  const pull = async (accept?: string, method = 'GET') => {
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    const got = await egress.ask(LATEST, { headers, method });
    return `${got.status} ${got.headers['x-cache'] ?? ''} ${nameOf(got.body)}`;
  };
  return {
    clock,
    origin,
    egress,
    pull,
    link: tagCurrentLink(repositoryDir(join(egress.dir, 'store'), 'up', 'a'), 'latest'),
    async [Symbol.asyncDispose]() {
      await egress[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

function nameOf(body: string): string {
  return /"name":"(\w+)"/.exec(body)?.[1] ?? '';
}

test('a fresh tag costs the upstream nothing, and an expired one a HEAD', async () => {
  await using it = await startTagged();
  expect(await it.pull()).toBe('200 MISS one');
  it.clock.now += HOUR - 1;
  expect(await it.pull()).toBe('200 HIT one');
  expect(await it.pull(undefined, 'HEAD')).toBe('200 HIT ');
  expect(it.origin.asked()).toEqual(['GET latest']);
  it.clock.now += 1;
  expect(await it.pull()).toBe('200 MISS one');
  it.clock.now += HOUR - 1;
  expect(await it.pull()).toBe('200 HIT one');
  expect(it.origin.asked()).toEqual(['HEAD latest']);
});

test('a moved tag is fetched by its new digest', async () => {
  await using it = await startTagged();
  await it.pull();
  it.origin.latest = TWO;
  it.clock.now += HOUR;
  expect(await it.pull()).toBe('200 MISS two');
  expect(await it.pull()).toBe('200 HIT two');
  it.origin.latest = ONE;
  it.clock.now += HOUR;
  expect(await it.pull()).toBe('200 MISS one');
  expect(it.origin.asked()).toEqual(['GET latest', 'HEAD latest', 'GET digest', 'HEAD latest']);
});

test('an answer names the seconds for which it may be repeated', async () => {
  await using it = await startTagged({ tiers: [{ regex: 'lat', timeMs: 3_500 }] });
  const repeat = async () => (await it.egress.ask(LATEST)).headers['x-accel-expires'];
  expect(await repeat()).toBe('2');
  it.clock.now += 2_000;
  expect(await repeat()).toBe('0');
  it.clock.now += 2_000;
  it.origin.trouble = 500;
  expect(await repeat()).toBe('0');
});

test('a tag with a time of 0 is checked each time, and fetched once', async () => {
  await using it = await startTagged({ tiers: [{ regex: 'latest', timeMs: 0 }] });
  expect(await it.pull()).toBe('200 MISS one');
  expect(await it.pull()).toBe('200 MISS one');
  expect(it.origin.asked()).toEqual(['GET latest', 'HEAD latest']);
  expect((await it.egress.ask(LATEST)).headers['x-accel-expires']).toBe('0');
  it.origin.trouble = 503;
  expect(await it.pull()).toBe('200 STALE one');
});

test('simultaneous pulls of an unknown tag cost one request, which goes on when the first client leaves', async () => {
  await using it = await startTagged();
  it.origin.delayMs = 300;
  const first = it.egress.ask(LATEST, { signal: AbortSignal.timeout(20) });
  const herd = Array.from({ length: 50 }, () => it.pull());
  await expect(first).rejects.toThrow();
  for (const answer of await Promise.all(herd)) expect(answer).toMatch(/^200 \w+ one$/);
  expect(it.origin.asked()).toEqual(['GET latest']);
});

test('simultaneous pulls of an expired tag cost one request, and all get its error', async () => {
  await using it = await startTagged();
  await it.pull();
  it.clock.now += HOUR;
  it.origin.delayMs = 50;
  it.origin.asked();
  const herd = () => Promise.all(Array.from({ length: 50 }, () => it.pull()));
  // On a busy machine some arrive after the check, or reach the soft limit.
  for (const answer of await herd()) expect(answer).toMatch(/^200 \w+ one$/);
  expect(it.origin.asked()).toEqual(['HEAD latest']);
  it.clock.now += HOUR;
  it.origin.latest = undefined;
  it.origin.delayMs = 400;
  for (const answer of await herd()) expect(answer).toMatch(/^(404 {2}|200 STALE one)$/);
  const asked: string[] = [];
  const askedSoFar = () => {
    asked.push(...it.origin.asked());
    return asked;
  };
  // A tag is given up only when GET says so too.
  await expect.poll(askedSoFar).toEqual(['HEAD latest', 'GET latest']);
});

test.each<[TagOrigin['trouble'], string]>([
  [500, '200 STALE one'],
  [503, '200 STALE one'],
  [429, '200 STALE one'],
  [401, '401  '],
  [403, '403  '],
  [404, '404  '],
])('an expired tag whose check gets %s: %s', async (trouble, answer) => {
  await using it = await startTagged();
  await it.pull();
  it.origin.trouble = trouble;
  expect(await it.pull()).toBe('200 HIT one');
  it.clock.now += HOUR;
  expect(await it.pull()).toBe(answer);
});

test('a removed tag stays removed, although the upstream fails later', async () => {
  await using it = await startTagged();
  await it.pull();
  it.clock.now += HOUR;
  it.origin.latest = undefined;
  expect(await it.pull()).toBe('404  ');
  await expect(stat(it.link)).rejects.toThrow('ENOENT');
  // A missing tag is not asked for again for some seconds.
  it.clock.now += 10_000;
  it.origin.trouble = 500;
  expect(await it.pull()).toBe('500  ');
});

test.each<[Partial<TagRules>, TagOrigin['trouble']]>([
  [{ deleted: 'keep' }, 404],
  [{ refused: 'keep' }, 401],
  [{ refused: 'keep' }, 403],
])('with %o a tag survives a %s', async (rules, trouble) => {
  await using it = await startTagged(rules);
  await it.pull();
  it.clock.now += HOUR;
  it.origin.trouble = trouble;
  expect(await it.pull()).toBe('200 STALE one');
});

test('a kept tag that is gone upstream is told the history, once until it is there again', async () => {
  await using it = await startTagged({ deleted: 'keep' });
  const told = async () => {
    const lines = (
      await readFile(join(it.egress.dir, 'events.jsonl'), 'utf8').catch(() => '')
    ).split('\n');
    const events = lines.filter(Boolean).map((line) => JSON.parse(line));
    return events.filter(({ event }) => event === 'tag-gone');
  };
  const pullLater = () => {
    it.clock.now += HOUR;
    return it.pull();
  };
  await it.pull();
  it.origin.trouble = 404;
  for (let times = 0; times < 3; times += 1) expect(await pullLater()).toBe('200 STALE one');
  const time = new Date(it.clock.now - 2 * HOUR).toISOString();
  const event = { event: 'tag-gone', time, repository: 'a', tag: 'latest' };
  await expect.poll(told).toMatchObject([event]);
  it.origin.trouble = undefined;
  await pullLater();
  it.origin.trouble = 404;
  await pullLater();
  await expect.poll(told).toMatchObject([event, { tag: 'latest' }]);
});

test('within its grace a tag is served before its check, and the next pull gets the result', async () => {
  await using it = await startTagged({ tiers: [{ regex: 'lat', timeMs: HOUR, graceMs: HOUR }] });
  await it.pull();
  it.clock.now += HOUR + 1;
  it.origin.latest = TWO;
  it.origin.delayMs = 200;
  expect(await it.pull()).toBe('200 HIT one');
  await expect.poll(() => it.pull()).toBe('200 HIT two');
  expect(it.origin.asked()).toEqual(['GET latest', 'HEAD latest', 'GET digest']);
  // After its grace a pull waits for the check.
  it.origin.delayMs = 0;
  it.origin.latest = ONE;
  it.clock.now += 2 * HOUR;
  expect(await it.pull()).toBe('200 MISS one');
});

test('with whileChecking the old answer comes at once, and the new one from then on', async () => {
  await using it = await startTagged({ whileChecking: 'stale' });
  await it.pull();
  it.clock.now += HOUR;
  it.origin.latest = TWO;
  expect(await it.pull()).toBe('200 STALE one');
  await expect.poll(() => it.pull()).toBe('200 HIT two');
});

test.each([
  [500, {}, 5, ['HEAD latest', 'GET latest']],
  [429, { 'retry-after': '60' }, 60, ['HEAD latest']],
])('after a %s the tag is not checked for a while', async (status, headers, seconds, asked) => {
  await using it = await startTagged();
  await it.pull();
  it.clock.now += HOUR;
  it.origin.trouble = status;
  it.origin.troubleHeaders = headers;
  it.origin.asked();
  for (let count = 0; count < 3; count += 1) expect(await it.pull()).toBe('200 STALE one');
  it.clock.now += seconds * 1000 - 1;
  expect(await it.pull()).toBe('200 STALE one');
  expect(it.origin.asked()).toEqual(asked);
  it.origin.trouble = undefined;
  it.clock.now += 1;
  expect(await it.pull()).toBe('200 MISS one');
});

test('a tag that names a missing digest is not removed', async () => {
  await using it = await startTagged();
  await it.pull();
  it.clock.now += HOUR;
  it.origin.latest = { ...TWO, digest: `sha256:${'e'.repeat(64)}` };
  it.origin.forget(it.origin.latest.digest);
  expect(await it.pull()).toBe('200 STALE one');
  expect(await it.pull()).toBe('200 STALE one');
});

test('a pull after a refused check gets the refusal', async () => {
  await using it = await startTagged({ whileChecking: 'stale' });
  await it.pull();
  it.clock.now += HOUR;
  it.origin.trouble = 403;
  expect(await it.pull()).toBe('200 STALE one');
  await expect.poll(() => it.pull()).toBe('403  ');
  it.origin.trouble = undefined;
  expect(await it.pull()).toBe('200 MISS one');
  it.clock.now += HOUR;
  expect(await it.pull()).toBe('200 STALE one');
});

test('a slow upstream costs the soft limit once, and its late answer counts', async () => {
  await using it = await startTagged();
  await it.pull();
  it.clock.now += HOUR;
  it.origin.latest = TWO;
  it.origin.delayMs = 1_500;
  const before = performance.now();
  expect(await it.pull()).toBe('200 STALE one');
  const first = performance.now() - before;
  expect(first).toBeGreaterThan(600);
  expect(first).toBeLessThan(1_400);
  // The circuit is half-open by now, and no pull waits for its check.
  expect(await it.pull()).toBe('200 STALE one');
  expect(performance.now() - before - first).toBeLessThan(500);
  it.origin.delayMs = 0;
  await expect.poll(() => it.pull(), { timeout: 5_000 }).toBe('200 HIT two');
});

test('a client that accepts other media types gets the answer of the upstream, which is not remembered', async () => {
  await using it = await startTagged();
  await it.pull();
  const other = 'application/vnd.docker.distribution.manifest.v2+json';
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: other,
    annotations: { name: 'other' },
  });
  it.origin.latest = { ...version('other'), body, digest: '', type: other };
  expect(await it.pull(other)).toBe('200 MISS other');
  expect(it.origin.seen.at(-1)?.headers.accept).toBe(other);
  expect(await it.pull()).toBe('200 HIT one');
  it.origin.trouble = 500;
  expect(await it.pull(other)).toBe('200 STALE one');
});

test('a manifest for clients that accept no index does not change the tag for others', async () => {
  await using it = await startTagged();
  expect(await it.pull(ONE.type)).toBe('200 MISS one');
  expect(await it.pull()).toBe('200 MISS one');
  expect(await it.pull()).toBe('200 HIT one');
  expect(it.origin.asked()).toEqual(['GET latest', 'GET latest']);
});

test('a tag link that an engine rewrites is not a confirmation', async () => {
  await using it = await startTagged();
  await it.pull();
  await writeFile(it.link, ONE.digest);
  const later = new Date(it.clock.now + HOUR / 2);
  await utimes(it.link, later, later);
  it.clock.now += HOUR;
  expect(await it.pull()).toBe('200 MISS one');
  expect(it.origin.asked()).toEqual(['GET latest', 'HEAD latest']);
});

test('a confirmation from the future does not count', async () => {
  await using it = await startTagged();
  await it.pull();
  it.clock.now -= 1;
  expect(await it.pull()).toBe('200 MISS one');
});

test('the time of a tag link is the last confirmation of the upstream', async () => {
  await using it = await startTagged();
  await it.pull();
  expect((await stat(it.link)).mtimeMs).toBe(it.clock.now);
  const earlier = new Date(it.clock.now - HOUR);
  await utimes(it.link, earlier, earlier);
  expect(await it.pull()).toBe('200 MISS one');
  expect((await stat(it.link)).mtimeMs).toBe(it.clock.now);
});

test.each([401, 403, 405, 501])(
  'a check uses GET if the upstream refuses HEAD with %s',
  async (status) => {
    await using it = await startTagged();
    await it.pull();
    it.clock.now += HOUR;
    it.origin.latest = TWO;
    it.origin.headStatus = status;
    expect(await it.pull()).toBe('200 MISS two');
    expect(await it.pull()).toBe('200 HIT two');
    expect(it.origin.asked()).toEqual(['GET latest', 'HEAD latest', 'GET latest']);
  },
);
