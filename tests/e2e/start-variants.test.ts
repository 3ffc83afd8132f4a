import { join } from 'node:path';
import { type ApplianceOptions, makeTemporaryFolder, runOrThrow } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPrograms } from './inside.ts';
import { type NamedUpstreams, startNamedUpstreams } from './named-upstreams.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, type Target } from './traffic.ts';

/** The capabilities with which root takes folders over and becomes the unprivileged user. */
const NEEDED = '--cap-add=CHOWN,DAC_OVERRIDE,KILL,SETGID,SETUID';
const TMPFS = ['--tmpfs=/run', '--tmpfs=/tmp'];
const LOCKED = ['--cap-drop=all', '--security-opt=no-new-privileges'];

let stage: Stage;
let upstreams: NamedUpstreams;
let targets: Target[];

beforeAll(async () => {
  stage = await openStage();
  upstreams = await startNamedUpstreams(stage, ['reg.test']);
  const image = await pushImage(upstreams.registry, 'team/app', 'v1', { seed: 'variants' });
  targets = listTargets(upstreams.prefix('reg.test'), 'team/app', 'v1', image);
});

afterAll(() => stage[Symbol.asyncDispose]());

const start = (options: Partial<ApplianceOptions>) =>
  stage.appliance(
    {},
    { ...upstreams.options, pullSecret: upstreams.pullSecret('reg.test'), ...options },
  );

interface Variant {
  readonly name: string;
  readonly options: Partial<ApplianceOptions>;
  readonly uids: number[];
  readonly isReadOnly: boolean;
  /** The capabilities of process 1, as the kernel prints them. */
  readonly capabilities?: string;
}

const VARIANTS: readonly Variant[] = [
  {
    name: 'a read-only root filesystem',
    options: { readOnly: true, extraArgs: TMPFS },
    uids: [0, 10001],
    isReadOnly: true,
  },
  {
    name: 'as root with five capabilities',
    options: { readOnly: true, extraArgs: [...TMPFS, ...LOCKED, NEEDED] },
    uids: [0, 10001],
    isReadOnly: true,
    // CHOWN 0, DAC_OVERRIDE 1, KILL 5, SETGID 6, SETUID 7.
    capabilities: '00000000000000e3',
  },
  {
    name: 'as somebody else altogether, without any capability',
    options: { user: '12345:12345', readOnly: true, extraArgs: [...TMPFS, ...LOCKED] },
    uids: [12345],
    isReadOnly: true,
    capabilities: '0000000000000000',
  },
  {
    name: "as somebody else in root's group, with nothing mounted for it",
    options: { user: '12345', extraArgs: ['--cap-drop=all'] },
    uids: [12345],
    isReadOnly: false,
    capabilities: '0000000000000000',
  },
];

describe('a start', () => {
  it.each(VARIANTS)('$name', async ({ options, uids, isReadOnly, capabilities }) => {
    const appliance = await start(options);
    await pullTargets(appliance, targets);
    const programs = await listPrograms(appliance);
    expect([...new Set(programs.map(({ uid }) => uid))].toSorted()).toEqual(uids.toSorted());
    const write = await appliance.exec(['touch', '/usr/x'], { user: '0' });
    expect(write.stderr.includes('Read-only file system')).toBe(isReadOnly);
    if (capabilities !== undefined) {
      const status = await appliance.exec(['grep', 'CapEff', '/proc/1/status']);
      expect(status.stdout).toContain(capabilities);
    }
    await appliance.restart();
    await pullTargets(appliance, targets);
    await appliance.remove();
  });

  it('takes over a store of another user, and serves from it', async () => {
    await using folder = await makeTemporaryFolder('store');
    const store = join(folder.path, 'store');
    const first = await start({ storeDir: store });
    await pullTargets(first, targets);
    await first.stop();
    await first.remove();
    await runOrThrow('chown', ['-R', '4242:4242', store]);
    await runOrThrow('chmod', ['-R', 'go-rwx', store]);
    await upstreams.registry.stop();
    try {
      const second = await start({ storeDir: store });
      await pullTargets(second, targets);
      const others = ['find', '/var/lib/registry', '-not', '-type', 'l', '-not', '-uid', '10001'];
      expect((await second.exec(others)).stdout).toBe('');
      await second.remove();
    } finally {
      await upstreams.registry.start();
    }
  });
});
