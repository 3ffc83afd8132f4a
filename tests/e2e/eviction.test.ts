import { access, mkdtemp, rm } from 'node:fs/promises';
import { blobFile, layerLinkDir, repositoryDir, revisionLinkDir } from '@registry-cache/domain';
import { type Appliance, type Bundle, type RegistryProcess, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, startTraffic, type Traffic } from './traffic.ts';

const MIB = 1024 * 1024;
/** The first is the oldest; the last is one too many. */
const NAMES = ['oldest', 'second', 'third', 'fourth', 'last'] as const;
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let traffic: Traffic;
/** In memory: on a shared disk, space that others free can hide growth. */
const storeDir = await mkdtemp('/dev/shm/registry-cache-eviction-');
const images = new Map<string, Bundle>();

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  for (const name of NAMES) {
    const plan = { seed: `evict ${name}`, layerSizesBytes: [5 * MIB] };
    images.set(name, await pushImage(upstream, `team/${name}`, 'v1', plan));
  }
  appliance = await stage.appliance(
    { 'reg.test': upstream },
    {
      storeDir,
      env: {
        CLEANER_MAXSIZE: '22M',
        CLEANER_THRESHOLD_PERCENTAGE: '10',
        // During the test only growth can start a run of the cleaner.
        CLEANER_RUNEVERY_TIME: '24h',
      },
    },
  );
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(storeDir, { recursive: true });
});

describe('a store that outgrows its limit', () => {
  it('stores four images of five megabytes', async () => {
    for (const name of NAMES.slice(0, 4)) await pullTargets(appliance, targetsOf(name));
    for (const name of NAMES.slice(0, 4)) await untilStored(name);
  });

  it('is not changed by prune --dry-run, which lists the blobs to remove', async () => {
    // Blobs are not pruned in their first few seconds.
    const prune = async () => {
      const argv = ['registry-cache', 'prune', '--dry-run', '--to=17M'];
      const { stdout } = await appliance.exec(argv);
      return stdout.includes('3 would be removed') && stdout.split('\n');
    };
    const lines = await until('three blobs would be removed', prune, { intervalMs: 500 });
    expect(lines.at(-1)).toMatch(/^20\.\d MiB in 12 blobs; 3 would be removed, \d\.\d MiB$/);
    const digests = lines.slice(0, -1).map((line) => /sha256:[0-9a-f]{64}/.exec(line)?.[0]);
    expect(digests.toSorted()).toEqual(digestsOf('oldest').toSorted());
    expect(lines[0]).toContain('reg.test/team/oldest');
    for (const name of NAMES.slice(0, 4)) expect(await listMissing(name)).toEqual([]);
  });

  it('evicts exactly the oldest image for a fifth one, during pulls and before the timer', async () => {
    const kept = NAMES.slice(1, 4).flatMap(targetsOf);
    traffic = startTraffic(appliance, kept);
    await traffic.untilServed(5);
    await pullTargets(appliance, targetsOf('last'));
    await until(
      'the oldest image is gone',
      async () => (await listMissing('oldest')).length === 3,
      {
        timeoutMs: 30_000,
      },
    );
    await traffic.untilServed(20);
    expect(await traffic.stop()).toEqual([]);
    for (const name of NAMES.slice(1)) expect(await listMissing(name)).toEqual([]);
    const runs = await until('the cleaner says so', async () => {
      const said = (await readEvents(appliance)).filter(({ msg }) => msg === 'cleaned');
      return said.length > 0 && said;
    });
    // The reason shows that egress reserved space before its fetch.
    expect(runs).toMatchObject([{ program: 'cleaner', reason: 'reservation', blobs: 3 }]);
  });

  it('has no link to evicted blobs', async () => {
    const repository = repositoryDir(appliance.storeDir, 'reg.test', 'team/oldest');
    const [manifest = '', ...blobs] = digestsOf('oldest');
    const links = [
      revisionLinkDir(repository, manifest),
      ...blobs.map((digest) => layerLinkDir(repository, digest)),
    ];
    for (const link of links) expect(await exists(link)).toBe(false);
    const tag = await appliance.exec(['find', repository, '-name', 'link']);
    expect(tag.stdout).toBe('');
  });

  it('fetches an evicted image again, and evicts older blobs for it', async () => {
    await pullTargets(appliance, targetsOf('oldest'));
    await untilStored('oldest');
    await until(
      'older blobs are gone',
      // Their images depend on the last requests of the traffic. One layer is enough.
      async () => (await Promise.all(NAMES.map(listMissing))).flat().length > 0,
      { timeoutMs: 30_000 },
    );
    expect(await listMissing('oldest')).toEqual([]);
    await pullTargets(appliance, targetsOf('oldest'));
  });
});

const imageOf = (name: string): Bundle => {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  return image;
};

const targetsOf = (name: string) => listTargets('reg.test', `team/${name}`, 'v1', imageOf(name));

/** The digest of the manifest comes first. */
const digestsOf = (name: string): string[] => {
  const { top, blobs } = imageOf(name);
  return [top.digest, ...blobs.map(({ digest }) => digest)];
};

/** Egress stores a blob a moment after it has sent the last byte. */
async function untilStored(name: string): Promise<void> {
  await until(`${name} is stored`, async () => (await listMissing(name)).length === 0);
}

async function listMissing(name: string): Promise<string[]> {
  const files = digestsOf(name).map(async (digest) => {
    return (await exists(blobFile(appliance.storeDir, digest))) ? [] : [digest];
  });
  return (await Promise.all(files)).flat();
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
