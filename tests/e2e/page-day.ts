import { setTimeout as sleep } from 'node:timers/promises';
import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  type Credentials,
  describeContent,
  type FaultProxy,
  type HttpClient,
  type ImagePlan,
  makeArtifact,
  makeIndex,
  pullTarget,
  pushBundle,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { pushImage, type Stage, type UpstreamUse } from './stage.ts';
import { listTargets, type Target } from './traffic.ts';

const MIB = 1024 * 1024;

/** Each may pull. `ann` may change things, `bob` may look, and `eve` may do neither. */
export const USERS = {
  ann: { username: 'ann', password: 'pass of ann' },
  bob: { username: 'bob', password: 'pass of bob' },
  ci: { username: 'ci', password: 'pass of ci' },
  eve: { username: 'eve', password: 'pass of eve' },
} as const satisfies Record<string, Credentials>;

export const ACCESS = {
  groups: { ops: ['ann'] },
  admin: ['group:ops'],
  view: ['bob'],
  default: ['pull', 'fetch'],
  rules: [
    {
      images: ['docker.io/library/redis'],
      users: ['eve'],
      deny: ['pull', 'fetch'],
      because: 'use valkey',
    },
  ],
};

/** The store takes three images of 5 MiB and some small ones. */
export const DAY_SETTINGS = {
  CLEANER_MAXSIZE: '18M',
  CLEANER_THRESHOLD_PERCENTAGE: '10',
  CLEANER_RUNEVERY_TIME: '24h',
  // The blobs of an image come by its client's requests alone, so that they can be counted.
  PREFETCH: 'off',
  EGRESS_NOT_FOUND_TIME: '1ms',
};

/** What happens on the staged day, by the questions that it answers. */
export const DAY = {
  hub: 'docker.io',
  quay: 'quay.io',
  ghcr: 'ghcr.io',
  ill: 'registry.example.com',
  /** Pulled by two users, with a signature, and pinned. */
  app: 'quay.io/team/app:v1',
  /** Refused to eve. */
  refused: 'docker.io/library/redis:7',
  /** Evicted for the last image. */
  former: 'quay.io/team/former:v1',
  /** Its upstream is down. */
  stale: 'registry.example.com/team/tool:v1',
  /** Deleted by its upstream, and kept here. */
  gone: 'ghcr.io/team/gone:v1',
  /** Being fetched, all the time. */
  slow: 'quay.io/team/slow:v1',
  /** Nobody has it. */
  missing: 'quay.io/team/app:none',
} as const;

export interface Upstreams {
  readonly registry: RegistryProcess;
  readonly use: Readonly<Record<string, UpstreamUse>>;
  readonly quay: FaultProxy;
  readonly ghcr: FaultProxy;
  readonly ill: FaultProxy;
}

/** One registry behind four names, and what stands between it and the cache. */
export async function openUpstreams(stage: Stage): Promise<Upstreams> {
  const registry = await stage.upstream();
  const open = async () =>
    stage.use(await startFaultProxy({ host: stage.network.gateway, upstream: registry.url }));
  const [hub, quay, ghcr, ill] = [await open(), await open(), await open(), await open()];
  const limit = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '74;w=21600' };
  hub.setRules({ do: { setHeaders: limit } });
  quay.setRules({
    when: { kind: 'blob', path: /team\/slow/ },
    do: { bytesPerSecond: 4_000, share: 'all' },
  });
  const short = { default: '2s', secondary: { time: '2s' } };
  return {
    ...{ registry, quay, ghcr, ill },
    use: {
      [DAY.hub]: hub,
      [DAY.quay]: quay,
      [DAY.ghcr]: { url: ghcr.url, tags: { ...short, deleted: 'keep' } },
      [DAY.ill]: { url: ill.url, tags: short },
    },
  };
}

/** What was pulled, by its name. */
export type Images = ReadonlyMap<string, Bundle>;

/** Pushes the day's images to the upstream. */
export async function pushDay({ registry }: Upstreams): Promise<Images> {
  const push = (name: string, plan: Omit<ImagePlan, 'seed'>) => {
    const [repository = '', tag = ''] = name.replace(/^[^/]*\//, '').split(':');
    return pushImage(registry, repository, tag, { seed: name, ...plan });
  };
  const images = new Map<string, Bundle>();
  const large = [DAY.former, 'docker.io/library/nginx:1.27', 'ghcr.io/org/runner:2.330.0', LAST];
  for (const name of large) images.set(name, await push(name, { layerSizesBytes: [5 * MIB] }));
  for (const name of [DAY.refused, DAY.stale, DAY.gone]) {
    images.set(name, await push(name, { layerSizesBytes: [200_000, 30_000] }));
  }
  images.set(DAY.slow, await push(DAY.slow, { layerSizesBytes: [2 * MIB] }));
  const plan = { seed: DAY.app, architectures: ['amd64', 'arm64'], layerSizesBytes: [300_000] };
  const app = makeIndex(plan);
  await pushBundle(registry, 'team/app', 'v1', app);
  images.set(DAY.app, app);
  const signature = makeArtifact({
    seed: 'signature',
    subject: describeContent(app.top),
    artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  });
  await pushBundle(registry, 'team/app', undefined, signature);
  images.set(SIGNATURE, signature);
  return images;
}

/** The signature of the image that is pulled by two users. It has no tag. */
const SIGNATURE = 'the signature of quay.io/team/app:v1';

/** One too many for the store. */
const LAST = 'quay.io/team/last:v1';

/** A day of the cache, which goes on by a fetch and a job until the stage ends. */
export async function liveDay(
  stage: Stage,
  appliance: Appliance,
  upstreams: Upstreams,
  images: Images,
): Promise<void> {
  const pull = (name: string, user: Credentials = USERS.ci) =>
    pullAs(user, appliance, images, name);
  for (const name of [DAY.former, DAY.app, DAY.refused, DAY.stale, DAY.gone]) await pull(name);
  await pull('docker.io/library/nginx:1.27');
  await pull('ghcr.io/org/runner:2.330.0');
  for (const user of [USERS.ann, USERS.ci]) await pull(DAY.app, user);
  await pull('docker.io/library/nginx:1.27', USERS.ann);
  await askFor(appliance, images);
  upstreams.ghcr.setRules({
    when: { path: /team\/gone\/manifests/ },
    do: { respond: { status: 404 } },
  });
  await upstreams.ill.pause();
  await appliance.exec(['registry-cache', 'pin', DAY.app]);
  await evictFor(appliance, () => pull(LAST));
  // By now the time of these tags is over.
  for (const name of [DAY.stale, DAY.gone]) await pull(name);
  await untilDown(appliance);
  await startSlowFetch(stage, appliance, images);
  await appliance.exec(['registry-cache', 'verify']);
  const warm = `echo ${DAY.slow} > /tmp/list; registry-cache warm /tmp/list > /dev/null 2>&1 &`;
  await appliance.exec(['sh', '-c', warm]);
}

/** Pulls an image whole. */
export async function pullAs(
  user: Credentials,
  appliance: Appliance,
  images: Images,
  name: string,
): Promise<void> {
  await using client = appliance.client({ credentials: user });
  for (const target of targetsOf(name, images)) await pullTarget(client, target);
}

function targetsOf(name: string, images: Images): Target[] {
  const image = images.get(name);
  const [, registry = '', repository = '', tag = ''] = /^([^/]+)\/(.*):(.*)$/.exec(name) ?? [];
  if (image === undefined) throw new Error(`no image ${name} was pushed`);
  return listTargets(registry, repository, tag, image);
}

/** What is refused, what nobody has, and the signature of an image. */
async function askFor(appliance: Appliance, images: Images): Promise<void> {
  const ask = async (user: Credentials, path: string) => {
    await using client = appliance.client({ credentials: user });
    await client.get(`/v2/${path}`, { headers: { accept: ANY_MANIFEST } });
  };
  for (const _ of [1, 2]) await ask(USERS.eve, 'docker.io/library/redis/manifests/7');
  await ask(USERS.ci, 'quay.io/team/app/manifests/none');
  await ask(USERS.ci, `quay.io/team/app/referrers/${images.get(DAY.app)?.top.digest}`);
  await ask(USERS.ci, `quay.io/team/app/manifests/${images.get(SIGNATURE)?.top.digest}`);
}

/** Blobs are not evicted in their first few seconds. */
async function evictFor(appliance: Appliance, pullLast: () => Promise<void>): Promise<void> {
  await until('the oldest blobs can be evicted', async () => {
    const argv = ['registry-cache', 'prune', '--dry-run', '--to=11M'];
    const { stdout } = await appliance.exec(argv);
    return stdout.includes('team/former');
  });
  await sleep(1_000);
  await pullLast();
  await until('they are evicted', async () => {
    const { stdout } = await appliance.exec(['registry-cache', 'evictions', '--json']);
    return stdout.includes('team/former');
  });
}

async function untilDown(appliance: Appliance): Promise<void> {
  await until('an upstream is down', async () => {
    await using client = appliance.client({ credentials: USERS.ci });
    await client.get('/v2/registry.example.com/team/none/manifests/v1').catch(() => undefined);
    const { stdout } = await appliance.exec(['registry-cache', 'status', '--json']);
    const { upstreams } = JSON.parse(stdout) as { upstreams: { state: string }[] };
    return upstreams.some(({ state }) => state === 'down');
  });
}

/** A client that waits for a layer that takes minutes. It leaves with the stage. */
async function startSlowFetch(stage: Stage, appliance: Appliance, images: Images): Promise<void> {
  const client: HttpClient = stage.use(
    appliance.client({ credentials: USERS.ann, idleTimeoutMs: 600_000 }),
  );
  const targets = targetsOf(DAY.slow, images);
  void (async () => {
    for (const target of targets) await pullTarget(client, target);
  })().catch(() => undefined);
  await until('the layer is being fetched', async () => {
    const { stdout } = await appliance.exec(['registry-cache', 'fetches', '--json']);
    return (JSON.parse(stdout) as { running: unknown[] }).running.length > 0;
  });
}
