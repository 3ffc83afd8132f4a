import { expect, test } from 'vitest';
import { startFixture, TAG_RULES, upstreamAt } from '../testing/egress-fixture.ts';
import { startOrigin } from '../testing/origin.ts';
import { LATEST, startTagOrigin, version } from '../testing/tag-origin.ts';

const HOUR = 3_600_000;
const ONE = version('one');
const TWO = version('two');

async function startTagged(graceMs = 0) {
  const clock = { now: Date.UTC(2030, 0, 1) };
  const tags = { ...TAG_RULES, tiers: [{ regex: 'lat', timeMs: HOUR, graceMs }] };
  const origin = await startTagOrigin(ONE);
  const egress = await startFixture(origin.url, {
    options: { upstreams: [upstreamAt(origin.url, { tags })] },
    deps: { now: () => clock.now },
  });
  const pull = async (path = LATEST) => {
    const { headers } = await egress.ask(path);
    return [headers['x-cache'], headers['x-audit'], headers['x-accel-expires']];
  };
  const dispose = () => Promise.all([origin, egress].map((one) => one[Symbol.asyncDispose]()));
  return { clock, origin, pull, egress, [Symbol.asyncDispose]: async () => void (await dispose()) };
}

test('the answer that brings a manifest in says so, and no later one does', async () => {
  await using it = await startTagged();
  expect(await it.pull()).toEqual(['MISS', 'entered', '4']);
  expect(await it.pull()).toEqual(['HIT', undefined, '4']);
  expect(await it.pull(`/v2/a/manifests/${ONE.digest}`)).toEqual(['HIT', undefined, '4']);
  // The same manifest in another repository is new there.
  expect((await it.pull(LATEST.replace('/a/', '/b/')))[1]).toBe('entered');
  it.clock.now += 2 * HOUR;
  expect((await it.pull())[1]).toBeUndefined();
  it.origin.latest = TWO;
  it.clock.now += 2 * HOUR;
  expect((await it.pull())[1]).toBe('entered');
});

test('of many clients at once, one brought the manifest in', async () => {
  await using it = await startTagged();
  it.origin.delayMs = 50;
  const answers = await Promise.all(Array.from({ length: 5 }, () => it.pull()));
  expect(answers.filter(([, audit]) => audit === 'entered')).toHaveLength(1);
});

test('a manifest that came for nobody is told late, by an answer that is not repeated', async () => {
  await using it = await startTagged(HOUR);
  await it.pull();
  it.origin.latest = TWO;
  it.clock.now += HOUR + 1;
  expect((await it.pull())[1]).toBeUndefined();
  await expect.poll(() => it.pull()).toEqual(['HIT', 'late', '0']);
  expect(await it.pull()).toEqual(['HIT', undefined, '4']);
});

test('a registry cannot tell the audit log anything', async () => {
  await using origin = await startOrigin((_seen, response) => {
    response.writeHead(200, {
      'x-audit': 'refused x',
      'content-type': ONE.type,
      'docker-content-digest': ONE.digest,
    });
    response.end(ONE.body);
  });
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(LATEST)).headers['x-audit']).toBe('entered');
  const list = await egress.ask('/v2/a/tags/list');
  expect(list.headers['x-audit']).toBeUndefined();
});
