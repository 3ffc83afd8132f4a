import {
  type Appliance,
  type ApplianceOptions,
  type Bundle,
  type FaultProxy,
  type ImagePlan,
  listTargets,
  type RegistryProcess,
  type S3Server,
  startFaultProxy,
  startS3Server,
  type Target,
  until,
} from '@registry-cache/testbed';
import { readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

/** The folder of the bucket's files with a prefix of this name. */
export const PREFIX = 'registry/prod';

/** A stage with a bucket and an upstream, each behind a proxy that makes faults. */
export interface BucketStage extends Stage {
  readonly s3: S3Server;
  readonly toBucket: FaultProxy;
  readonly registry: RegistryProcess;
  readonly toUpstream: FaultProxy;
  /** Variables with which a replica uses the bucket. */
  readonly env: Readonly<Record<string, string>>;
  /** A replica with a disk of its own, and `reg.test` as its upstream. */
  replica(options?: ReplicaOptions): Promise<Appliance>;
  /** Pushes `team/<name>:v1` to the upstream. */
  push(name: string, plan: Omit<ImagePlan, 'seed'>): Promise<PushedImage>;
}

export interface ReplicaOptions extends Partial<ApplianceOptions> {
  /** Default 1h. */
  readonly tagTime?: string;
}

export interface PushedImage {
  readonly image: Bundle;
  readonly targets: readonly Target[];
}

export async function openBucketStage(): Promise<BucketStage> {
  const stage = await openStage();
  const host = stage.network.gateway;
  const s3 = stage.use(await startS3Server(host));
  const registry = await stage.upstream();
  const toBucket = stage.use(await startFaultProxy({ host, upstream: s3.url }));
  const toUpstream = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  const bucketEnv = {
    ...s3.credentials,
    S3_BUCKET: 'cache',
    S3_PREFIX: PREFIX,
    S3_ENDPOINT: toBucket.url,
    S3_PATH_STYLE: 'true',
  };
  return {
    ...stage,
    s3,
    toBucket,
    registry,
    toUpstream,
    env: bucketEnv,
    replica: ({ tagTime = '1h', env, ...options } = {}) =>
      stage.appliance(
        { 'reg.test': { url: toUpstream.url, tags: { default: tagTime } } },
        { ...options, env: { ...bucketEnv, ...env } },
      ),
    async push(name, plan) {
      const image = await pushImage(registry, `team/${name}`, 'v1', { seed: name, ...plan });
      return { image, targets: listTargets('reg.test', `team/${name}`, 'v1', image) };
    },
  };
}

/** How many objects wait for the bucket. */
export const readWaiting = (appliance: Appliance) =>
  readMetric(appliance, 'registry_cache_egress_bucket_queue');

/** Waits until nothing waits for the bucket. */
export async function untilSent(appliance: Appliance): Promise<void> {
  await until('nothing waits for the bucket', async () => (await readWaiting(appliance)) === 0, {
    timeoutMs: 90_000,
  });
}
