import { setTimeout as sleep } from 'node:timers/promises';
import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  type FaultProxy,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';

/** Longer than the time of the tags of `short.test`, with the repetition of nginx. */
const EXPIRED_MS = 2_500;
let stage: Stage;
let upstream: RegistryProcess;
let faultProxy: FaultProxy;
let appliance: Appliance;
let image: Bundle;
let requests = 0;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  faultProxy = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: upstream.url }),
  );
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'misses' });
  const { url } = faultProxy;
  appliance = await stage.appliance(
    {
      ...{ 'reg.test': { url }, 'other.test': { url } },
      ...{ 'short.test': { url, tags: { default: '2s' } } },
      ...{ 'always.test': { url, tags: { enabled: false } } },
    },
    { env: { PREFETCH: 'off' } },
  );
});

beforeEach(() => faultProxy.setRules());

afterAll(() => stage[Symbol.asyncDispose]());

interface Explained {
  readonly id: string;
  readonly image: string;
  readonly kind: string;
  readonly code: string;
  readonly reason: string;
  readonly outcome: string;
  readonly sameId?: number;
  readonly slow?: string;
  readonly fetch?: { readonly from: string; readonly outcome: string };
}

/** Sends one request with an id of its own. */
async function ask(path: string, method = 'GET', more: Record<string, string> = {}) {
  await using client = appliance.client();
  requests += 1;
  const { 'x-request-id': id = `miss-${requests}` } = more;
  const headers = { accept: ANY_MANIFEST, ...more, 'x-request-id': id };
  const { status } = await client.request(method, `/v2/${path}`, { headers });
  return { id, status };
}

/** What is told of a request. The log has its line when it has ended, and the reason comes beside. */
async function explain(id: string): Promise<Explained> {
  return until(`${id} is explained`, async () => {
    const command = ['registry-cache', 'explain', '--json', '--request', id];
    const { exitCode, stdout } = await appliance.exec(command);
    const found = exitCode === 0 && (JSON.parse(stdout) as Explained);
    return found && found.code !== 'unknown' && found;
  });
}

async function codeOf(...request: Parameters<typeof ask>): Promise<string> {
  return (await explain((await ask(...request)).id)).code;
}

const blob = (index: number) => `blobs/${image.blobs[index]?.digest}`;

describe('a miss has its reason:', () => {
  it('nobody had pulled it', async () => {
    expect(await codeOf('reg.test/team/app/manifests/v1')).toBe('never-pulled');
    const { id } = await ask(`reg.test/team/app/${blob(0)}`);
    expect(await explain(id)).toMatchObject({
      ...{ code: 'never-pulled', kind: 'blob', outcome: 'miss' },
      ...{ image: `reg.test/team/app@${image.blobs[0]?.digest}` },
      fetch: { outcome: 'stored' },
    });
    // The same again is a hit, which the access log has.
    expect(await codeOf(`reg.test/team/app/${blob(0)}`)).toBe('hit');
  });

  it('its bytes were here for another repository', async () => {
    expect(await codeOf(`other.test/team/app/${blob(0)}`)).toBe('not-linked');
  });

  it('only a part was asked for, or only the size', async () => {
    const path = `reg.test/team/app/${blob(1)}`;
    expect(await codeOf(path, 'GET', { range: 'bytes=1-2' })).toBe('range');
    expect(await codeOf(path, 'HEAD')).toBe('head');
  });

  it('the time of its tag was over, also where the tag had moved', async () => {
    await pushImage(upstream, 'team/moves', 'v1', { seed: 'misses, before' });
    const path = 'short.test/team/moves/manifests/v1';
    await ask(path);
    await sleep(EXPIRED_MS);
    expect(await codeOf(path)).toBe('tag-expired');
    await pushImage(upstream, 'team/moves', 'v1', { seed: 'misses, after' });
    await sleep(EXPIRED_MS);
    expect(await codeOf(path)).toBe('tag-changed');
  });

  it('its tag is never remembered', async () => {
    await ask('always.test/team/app/manifests/v1');
    expect(await codeOf('always.test/team/app/manifests/v1')).toBe('tag-always');
  });

  it('it was evicted', async () => {
    const old = await pushImage(upstream, 'team/old', 'v1', {
      ...{ seed: 'misses, old', layerSizesBytes: [2 * 1024 * 1024] },
    });
    const digest = old.blobs.map((one) => one.digest).at(-1) ?? '';
    const path = `reg.test/team/old/blobs/${digest}`;
    expect((await ask(path)).status).toBe(200);
    // Blobs of the last seconds are left alone.
    await until('it is evicted', async () => {
      await appliance.exec(['registry-cache', 'prune', '--to', '1M']);
      const { stdout } = await appliance.exec(['registry-cache', 'evictions', '--json']);
      return stdout.includes(digest);
    });
    const found = await explain((await ask(path)).id);
    expect(found.code).toBe('evicted');
    expect(found.reason).toMatch(
      /^it was evicted at .* after its last use: by registry-cache prune/,
    );
  });

  it('somebody else was fetching it', async () => {
    const large = await pushImage(upstream, 'team/large', 'v1', {
      ...{ seed: 'misses, large', layerSizesBytes: [2 * 1024 * 1024] },
    });
    const digest = large.blobs.map((one) => one.digest).at(-1);
    faultProxy.setRules({ when: { kind: 'blob' }, do: { bytesPerSecond: 1024 * 1024 } });
    const path = `reg.test/team/large/blobs/${digest}`;
    const both = await Promise.all([ask(path), ask(path)]);
    const found = await Promise.all(both.map(({ id }) => explain(id)));
    expect(found.map(({ code }) => code).sort()).toEqual(['never-pulled', 'shared']);
    expect(found.every(({ slow }) => slow?.includes('took'))).toBe(true);
  });

  it('its registry could not be asked, with or without a copy here', async () => {
    await ask('short.test/team/app/manifests/v1');
    await sleep(EXPIRED_MS);
    faultProxy.setRules({ do: { respond: { status: 500, body: 'broken' } } });
    const stale = await explain((await ask('short.test/team/app/manifests/v1')).id);
    expect(stale).toMatchObject({ code: 'check-failed', outcome: 'stale' });
    expect(stale.reason).toContain('500');
    const failed = await explain((await ask('other.test/team/gone/manifests/v1')).id);
    expect(failed).toMatchObject({ code: 'failed', outcome: 'failed' });
    expect(failed.reason).toContain('other.test answered 500');
  });
});

async function list(...argv: readonly string[]): Promise<Explained[]> {
  const { stdout } = await appliance.exec(['registry-cache', 'misses', '--json', ...argv]);
  return (JSON.parse(stdout) as { misses: Explained[] }).misses;
}

it('lists them with the same reasons, the newest first, of one upstream too', async () => {
  const all = await list();
  expect(all[0]).toMatchObject({ image: 'other.test/team/gone:v1', code: 'failed' });
  for (const { id, code, reason } of all.slice(0, 3)) {
    expect(await explain(id)).toMatchObject({ code, reason });
  }
  const own = await list('--upstream', 'always.test', '--limit', '1');
  expect(own).toMatchObject([{ code: 'tag-always' }]);
});

it('tells what the log has of a request without a miss, and refuses what is no id', async () => {
  expect(await codeOf('reg.test/team/app/manifests/absent')).toBe('not-there');
  for (const id of ['miss-0', 'a b', "'--", 'x'.repeat(65), '\u001b[2J']) {
    const asked = await appliance.exec(['registry-cache', 'explain', `--request=${id}`]);
    expect([id, asked.exitCode, asked.stdout]).toEqual([id, 1, '']);
    expect(asked.stderr).not.toContain('\u001b');
  }
});

it('tells requests apart that have one id at one time', async () => {
  const header = { 'x-request-id': 'the-same' };
  const digest = `sha256:${'0'.repeat(64)}`;
  faultProxy.setRules({
    when: { path: new RegExp(digest) },
    do: { respond: { status: 500, body: 'broken' } },
  });
  await ask('always.test/team/app/manifests/v1');
  await Promise.all([
    ask('always.test/team/app/manifests/v1', 'GET', header),
    ask(`other.test/team/app/blobs/${digest}`, 'GET', header),
    ask('reg.test/team/app/tags/list', 'GET', header),
  ]);
  const codes = await until('all three are listed', async () => {
    const found = (await list()).filter(({ id }) => id === 'the-same');
    return found.length === 3 && found.map(({ kind, code }) => `${kind} ${code}`).sort();
  });
  expect(codes).toEqual(['blob failed', 'manifest tag-always', 'tags list']);
  expect(await explain('the-same')).toMatchObject({ sameId: 3 });
});
