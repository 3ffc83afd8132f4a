import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { killProgram } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askManifest } from './tag-requests.ts';
import { listTargets, pullTargets } from './traffic.ts';

let stage: Stage;
let upstream: RegistryProcess;
let faultProxy: FaultProxy;
let appliance: Appliance;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  faultProxy = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: upstream.url }),
  );
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'explain' });
  const { url } = faultProxy;
  appliance = await stage.appliance(
    { 'reg.test': { url, aliases: ['lab'] }, 'off.test': { url, tags: { enabled: false } } },
    {
      env: {
        PREFETCH: 'off',
        ON_DEMAND_REGISTRIES: '*.more.test',
        CERTIFICATE_NAMES: 'cache.test',
      },
    },
  );
});

beforeEach(() => faultProxy.setRules());

afterAll(() => stage[Symbol.asyncDispose]());

interface Layer {
  readonly here: boolean;
  readonly linked: boolean;
  readonly lastAccess?: string;
}

/** What is looked at of the answer of the verb `explain`. */
interface Explained {
  readonly tag?: { readonly code: string; readonly next: string; readonly freshUntil?: string };
  readonly manifest?: {
    readonly platforms: readonly { readonly layers: readonly Layer[] }[];
  };
  readonly probe?: {
    readonly status?: number;
    readonly ms: number;
    readonly digest?: string;
    readonly moved?: boolean;
    readonly error?: string;
  };
  readonly pulled?: string;
}

async function explain(...argv: readonly string[]): Promise<Explained> {
  const asked = await appliance.exec(['registry-cache', 'explain', '--json', ...argv]);
  expect(asked.stderr).toBe('');
  return JSON.parse(asked.stdout) as Explained;
}

describe('registry-cache explain', () => {
  it('tells the same image by every way that a client writes it', async () => {
    const digest = image.top.digest;
    const ways = [
      ...['reg.test/team/app:v1', 'lab/team/app:v1', 'cache.test:8443/reg.test/team/app:v1'],
      ...['docker://cache.test/lab/team/app:v1', '/v2/team/app/manifests/v1?ns=reg.test'],
      ...['https://cache.test:8443/v2/reg.test/team/app/manifests/v1'],
    ];
    for (const way of ways) {
      expect(await explain(way), way).toMatchObject({
        ...{ image: 'reg.test/team/app', reference: 'v1', upstream: 'reg.test', served: 'yes' },
      });
    }
    expect((await explain(`lab/team/app@${digest}`)).manifest).toMatchObject({ digest });
    expect(await explain('new.more.test/app:1')).toMatchObject({ served: 'on demand' });
    expect(await explain('other.test/app:1')).toMatchObject({ served: 'no' });
  });

  it('tells what the next pull does before the pull, after it, and while the registry is down', async () => {
    const name = 'reg.test/team/app:v1';
    expect((await explain(name)).tag).toMatchObject({ code: 'fetched' });
    expect(await askManifest(appliance, name)).toMatchObject({ cache: 'MISS' });
    const pulled = await explain(name);
    expect(pulled.tag).toMatchObject({ code: 'served', digest: image.top.digest });
    expect(Date.parse(pulled.tag?.freshUntil ?? '')).toBeGreaterThan(Date.now());
    expect(pulled.manifest).toMatchObject({ here: true, platforms: [{ here: true }] });
    const states = () => pulled.manifest?.platforms.flatMap(({ layers }) => layers) ?? [];
    expect(states().every(({ here, linked }) => !here && !linked)).toBe(true);
    await pullTargets(appliance, listTargets('reg.test', 'team/app', 'v1', image));
    const whole = (await explain(name)).manifest?.platforms.flatMap(({ layers }) => layers) ?? [];
    expect(whole.length).toBeGreaterThan(1);
    expect(whole.every(({ here, linked, lastAccess }) => here && linked && lastAccess)).toBe(true);
    await until(
      'the pull is in the history',
      async () => (await explain(name)).pulled !== undefined,
    );

    expect(await askManifest(appliance, 'off.test/team/app:v1')).toMatchObject({ status: 200 });
    expect((await explain('off.test/team/app:v1')).tag).toMatchObject({ code: 'checked' });
    // The layers came for the other registry. This one has no right to them yet.
    const others = (await explain('off.test/team/app:v1')).manifest?.platforms[0]?.layers ?? [];
    expect(others.every(({ here, linked }) => here && !linked)).toBe(true);
  });

  it('asks the registry by --probe, and stores nothing', async () => {
    const name = 'reg.test/team/app:v1';
    const told = await explain('--probe', name);
    expect(told.probe).toMatchObject({ status: 200, digest: image.top.digest, moved: false });
    const newer = await pushImage(upstream, 'team/app', 'v1', { seed: 'explain, newer' });
    const moved = await explain('--probe', name);
    expect(moved.probe).toMatchObject({ digest: newer.top.digest, moved: true });
    expect(moved.tag).toMatchObject({ code: 'served', digest: image.top.digest });
    faultProxy.setRules({ do: { silent: true } });
    const silent = await explain('--probe', 'off.test/team/other:v1');
    expect(silent.probe?.error).toContain('off.test');
    expect(silent.probe?.ms).toBeLessThan(4_000);
    expect((await explain('off.test/team/other:v1')).manifest).toBeUndefined();
  });

  it('tells an error that is repeated', async () => {
    const name = 'reg.test/team/app:absent';
    expect(await askManifest(appliance, name)).toMatchObject({ status: 404 });
    const { tag } = await explain(name);
    expect(tag).toMatchObject({ code: 'unavailable', next: expect.stringContaining('404') });
  });

  it('refuses what is no image, and shows nothing that a terminal obeys', async () => {
    const bad = ['', ' ', 'a'.repeat(5_000), 'reg.test/team/app:\u001b[2J', 'reg.test/../../etc:1'];
    for (const text of [...bad, `reg.test/app@sha256:${'g'.repeat(64)}`]) {
      const { exitCode, stdout, stderr } = await appliance.exec([
        'registry-cache',
        'explain',
        text,
      ]);
      expect([text.slice(0, 40), exitCode, stdout]).toEqual([text.slice(0, 40), 1, '']);
      expect(stderr).not.toContain('\u001b');
    }
  });

  it('answers from the files where the admin worker is away, with the same rights', async () => {
    const argv = ['registry-cache', 'explain', 'reg.test/team/app:v1'];
    const before = await appliance.exec(argv);
    await killProgram(appliance, 'admin');
    const after = await appliance.exec(argv);
    expect(after.exitCode).toBe(0);
    expect(after.stdout.split('\n').slice(0, 7)).toEqual(before.stdout.split('\n').slice(0, 7));
  });
});
