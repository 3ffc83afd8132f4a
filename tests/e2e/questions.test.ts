import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  createHttpClient,
  findFreePort,
  type HttpClient,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mountStore } from './memory-store.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
const NAMES = ['oldest', 'second', 'third', 'last'] as const;
const RULES = [
  { images: ['reg.test/team/forbidden'], deny: ['pull'], because: 'use „second“' },
  { images: ['**'], allow: ['pull', 'fetch'] },
];

let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let admin: HttpClient;
const images = new Map<string, Bundle>();

beforeAll(async () => {
  stage = await openStage();
  const storeDir = await mountStore(stage, 'questions', 'size=200m');
  upstream = await stage.upstream();
  for (const name of NAMES) {
    const plan = { seed: `questions ${name}`, layerSizesBytes: [5 * MIB] };
    images.set(name, await pushImage(upstream, `team/${name}`, 'v1', plan));
  }
  const upstreams = {
    'reg.test': { url: upstream.url, tags: { default: '2s', deleted: 'keep' } },
  };
  const port = await findFreePort('127.0.0.1');
  appliance = await stage.appliance(upstreams, {
    storeDir,
    policyYaml: JSON.stringify({
      ...JSON.parse(describeUpstreams(upstreams).policyYaml),
      access: { rules: RULES, view: ['anonymous'] },
    }),
    env: {
      ADMIN_LISTEN: ':8445',
      CLEANER_MAXSIZE: '17M',
      CLEANER_THRESHOLD_PERCENTAGE: '10',
      CLEANER_RUNEVERY_TIME: '1s',
      PREFETCH: 'off',
    },
    extraArgs: [`--publish=127.0.0.1:${port}:8445`],
  });
  const url = `https://127.0.0.1:${port}`;
  admin = stage.use(createHttpClient({ url, ca: appliance.ca, pinned: true }));
});

afterAll(() => stage[Symbol.asyncDispose]());

async function ask<T>(...argv: readonly string[]): Promise<T> {
  const { stdout } = await appliance.exec(['registry-cache', ...argv, '--json']);
  return JSON.parse(stdout) as T;
}

async function pull(name: string): Promise<void> {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  await pullTargets(appliance, listTargets('reg.test', `team/${name}`, 'v1', image));
}

const digestsOf = (name: string) => {
  const image = images.get(name);
  return image === undefined ? [] : [image.top, ...image.blobs].map(({ digest }) => digest).sort();
};

it('tells who was refused what, by which rule, and with which request', async () => {
  await using client = appliance.client();
  const headers = { 'x-request-id': 'refused-1', accept: ANY_MANIFEST };
  const refused = await client.get('/v2/reg.test/team/forbidden/manifests/v1', { headers });
  expect(refused.status).toBe(403);
  type Answer = { refusals: Record<string, unknown>[] };
  const [refusal] = await until('it is told', async () => {
    const { refusals } = await ask<Answer>('refusals');
    return refusals.length > 0 && refusals;
  });
  expect(refusal).toMatchObject({
    ...{ id: 'refused-1', who: '', image: 'reg.test/team/forbidden:v1', right: 'pull' },
    ...{ by: 'access', rule: 1, reason: 'use „second“', count: 1 },
    address: expect.stringMatching(/^[0-9a-f.:]+$/),
  });
  const { stdout } = await appliance.exec(['registry-cache', 'refusals']);
  expect(stdout).toMatch(/access 1 +use „second“ +refused-1/);
  const later = new Date(Date.now() + 60_000).toISOString();
  expect(await ask<Answer>('refusals', '--since', later)).toEqual({ refusals: [] });
});

it('says what is evicted next, and that is what is evicted then', async () => {
  for (const name of NAMES.slice(0, 3)) await pull(name);
  // Seconds later, blobs are old enough to be evicted.
  await pull('second');
  await pull('third');
  await until('room for the last image can be had', async () => {
    const { stdout } = await appliance.exec(['registry-cache', 'prune', '--dry-run', '--to=11M']);
    return stdout.includes('3 would be removed');
  });
  type Next = { next?: { blobs: { digest: string; images: string[] }[] } };
  const blobs = await until('the cleaner has noted all three images', async () => {
    const all = (await ask<Next>('evictions', '--next', '100')).next?.blobs ?? [];
    return all.length === 9 && all;
  });
  const first = blobs.slice(0, 3);
  expect(first.map(({ digest }) => digest).sort()).toEqual(digestsOf('oldest'));
  for (const blob of first) expect(blob.images).toEqual(['reg.test/team/oldest:v1']);
  const { stdout } = await appliance.exec(['registry-cache', 'evictions', '--next', '3']);
  expect(stdout).toContain('reg.test/team/oldest:v1');
  expect(stdout).not.toContain('team/second');
  await pull('last');
  const evicted = await until('room was made', async () => {
    const { evictions } = await ask<{ evictions: { digest: string }[] }>('evictions');
    return evictions.length >= 3 && evictions.map(({ digest }) => digest);
  });
  expect(evicted.toSorted()).toEqual(digestsOf('oldest'));
});

it('lists what is kept although its registry has deleted it, over a restart too', async () => {
  type Listed = { total: number; images: { image: string; gone?: string }[] };
  expect(await ask<Listed>('ls', '--gone')).toMatchObject({ total: 0 });
  await using registry = createHttpClient({ url: upstream.url });
  const path = `/v2/team/third/manifests/${images.get('third')?.top.digest}`;
  expect((await registry.request('DELETE', path)).status).toBe(202);
  await using client = appliance.client();
  await until('the tag was checked', async () => {
    const headers = { accept: ANY_MANIFEST };
    const kept = await client.get('/v2/reg.test/team/third/manifests/v1', { headers });
    return kept.status === 200 && kept.headers['x-cache'] === 'STALE';
  });
  const listed = await until('it is listed', async () => {
    const answer = await ask<Listed>('ls', '--gone');
    return answer.total > 0 && answer;
  });
  expect(listed.images).toMatchObject([
    { image: 'reg.test/team/third:v1', gone: expect.stringMatching(/Z$/) },
  ]);
  await appliance.restart();
  expect((await ask<Listed>('ls', '--gone')).images).toMatchObject(listed.images);
  expect((await ask<Listed>('ls')).images.filter(({ gone }) => gone !== undefined)).toHaveLength(1);
});

it('tells who pulled an image, and what each hour had', async () => {
  type Pulls = { references: { reference: string; pulls: number }[]; pullers: object[] };
  const pulls = await ask<Pulls>('pulls', 'reg.test/team/second:v1');
  expect(pulls).toMatchObject({ references: [{ reference: 'v1', pulls: 2, misses: 1 }] });
  // Twice by the tag, and twice by the digest.
  expect(pulls.pullers).toMatchObject([{ pulls: 4 }]);
  expect(await ask('pulls', 'reg.test/team/nobody')).toMatchObject({ references: [] });

  const { periods } = await ask<{ periods: { requests: number; savedBytes: number }[] }>('saved');
  const day = periods[1];
  const answer = await admin.get('/api/v1/trend?hours=25&upstream=reg.test');
  const { stepMs, points } = answer.json() as { stepMs: number; points: Record<string, number>[] };
  const sum = (name: string) => points.reduce((all, point) => all + (point[name] ?? 0), 0);
  expect([stepMs, points.length]).toEqual([3_600_000, 25]);
  expect([sum('requests'), sum('savedBytes')]).toEqual([day?.requests, day?.savedBytes]);
  expect(sum('requests')).toBe(sum('hits') + sum('misses') + sum('stale'));
  const { usedBytes = 0, limitBytes } = points.at(-1) ?? {};
  expect(limitBytes).toBe(17 * MIB);
  expect(usedBytes).toBeGreaterThan(10 * MIB);
});

it.each([
  ...['trend?hours=0', 'trend?hours=1e9', 'trend?days=1', 'refusals?limit=-1', 'refusals?since=x'],
  ...['evictions?next=all', 'ls?gone=maybe', 'pulls', 'pulls?image=../../etc/passwd'],
  ...[`pulls?image=reg.test/${'x'.repeat(2000)}`, 'pulls?image=reg.test/a%00b'],
])('refuses %s, and says what is accepted', async (question) => {
  const { status, body } = await admin.get(`/api/v1/${question}`);
  expect(status).toBe(400);
  expect(String(body)).toMatch(/accepted: /);
});
