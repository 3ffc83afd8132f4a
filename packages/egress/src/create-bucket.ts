import {
  type BucketPlace,
  blobKey,
  openBucket,
  openUploadQueue,
  PROBE_KEY,
  type UploadTask,
} from '@registry-cache/bucket';
import { bucketQueueDir, type EgressOptions, formatDuration } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { openBucketTransports } from './bucket-transports.ts';
import { ADMISSION_RULES } from './cache/admission/admission-rules.ts';
import { BucketReader } from './cache/bucket/bucket-reader.ts';
import { BucketRedirects } from './cache/bucket/bucket-redirects.ts';
import { type BucketStores, withBucketStores } from './cache/bucket/bucket-stores.ts';
import { keepLifecycle } from './cache/bucket/keep-lifecycle.ts';
import { SlowBodies } from './cache/bucket/slow-bodies.ts';
import { sweepAgainAndAgain } from './cache/bucket/sweep.ts';
import { Uploader } from './cache/bucket/uploader.ts';
import { imageOf } from './cache/contract/image-of.ts';
import { TRUST_RULES } from './cache/trust/trust-rules.ts';
import { followImageRules } from './cache/verdicts/image-rules.ts';
import type { ClientDeps } from './create-client.ts';
import type { EgressMetrics } from './metrics/metrics.ts';
import { placeBucket } from './place-bucket.ts';
import { listUsedLinks } from './store/used-links.ts';
import { DEFAULT_RETRY } from './upstream/client/retry.ts';
import { Breaker } from './upstream/health/breaker.ts';

export interface CreateBucketDeps extends Pick<ClientDeps, 'env' | 'dns' | 'now'> {
  readonly options: () => EgressOptions;
  readonly stores: BucketStores;
  readonly metrics: EgressMetrics;
  readonly log: Logger;
}

/** The bucket below the store, at work. */
export interface BucketTier {
  readonly reader: BucketReader;
  /** Undefined where no client is sent to the bucket. */
  readonly redirects: BucketRedirects | undefined;
  /** The store with the bucket below it. */
  readonly stores: BucketStores;
  /** The same for requests of peers. */
  readonly storesForPeers: BucketStores;
  /** Cuts running uploads off. They wait in the queue for the next start. */
  stop(): Promise<void>;
}

/** A lookup costs a cold pull so much at most, and a bucket that is slower counts as silent. */
const LOOKUP_MS = 1_500;
const LOOKUP_TIMES = { connectMs: 1_000, headersMs: 1_500, blobHeadersMs: 1_500, idleMs: 5_000 };
const UPLOAD_TIMES = { connectMs: 5_000, headersMs: 60_000, blobHeadersMs: 60_000, idleMs: 30_000 };
/** Each has a file of some hundred bytes. */
const MAX_QUEUED = 20_000;
/** Lists of referrers wait in memory. A registry chooses their sizes, up to 4 MiB each. */
const MAX_QUEUED_TEXT_BYTES = 32 * 1024 * 1024;
/** What is used is looked through so often within the life of an object. */
const SWEEPS = 8;
/** Without S3_EXPIRE the sweeps only bring what a full queue had dropped. */
const SWEEP_MS = 86_400_000;
const SHORT_WORK_MS = 10_000;

/**
 * Opens the bucket of the options, and begins to send what waits for it. Undefined without a bucket.
 * The options of the bucket stay as they are at the start.
 * @throws an error of the disk, for the queue.
 */
export async function createBucket(deps: CreateBucketDeps): Promise<BucketTier | undefined> {
  const { options, metrics, log, now, stores: local } = deps;
  const { bucket: chosen, storeRoot } = options();
  if (chosen === undefined) return undefined;
  const { sleep } = DEFAULT_RETRY;
  const lookupWay = openBucketTransports(deps, chosen, LOOKUP_TIMES);
  const uploadWay = openBucketTransports(deps, chosen, UPLOAD_TIMES);
  const lookups = await openBucket(placeBucket(chosen, deps.env), lookupWay.send, now);
  const uploads = await openBucket(placeBucket(chosen, deps.env), uploadWay.send, now);
  const told = { bucket: chosen.name };
  const stopping = new AbortController();

  metrics.bucketUp.set(1);
  const breaker = new Breaker({
    name: `the bucket ${chosen.name}`,
    probe: async (signal) => {
      await lookups.head(PROBE_KEY, AbortSignal.any([signal, AbortSignal.timeout(LOOKUP_MS)]));
      return true;
    },
    sleep,
    now,
    onOpen: (reason) => {
      metrics.bucketUp.set(0);
      log.warn({ ...told, reason }, 'bucket does not answer and is not asked until it does');
    },
    onClose: (openForMs) => {
      metrics.bucketUp.set(1);
      log.info({ ...told, downFor: formatDuration(openForMs) }, 'bucket answers again');
    },
  });
  const reader = new BucketReader({
    bucket: lookups,
    breaker,
    slowBodies: new SlowBodies({
      now,
      onSlow: () => log.warn(told, 'bucket is slow, so that registries are asked first'),
      onFastAgain: () => log.info(told, 'bucket is fast enough again'),
    }),
    lookupMs: LOOKUP_MS,
    now,
    onLookup: (outcome) => metrics.bucketLookups.inc({ outcome }),
    onWrongBytes(digest) {
      metrics.bucketWrong.inc();
      log.warn({ ...told, digest }, 'bucket sent wrong bytes, which are fetched from upstream');
      // So that no other replica meets them. Where that is refused, they are overwritten later.
      const signal = AbortSignal.timeout(SHORT_WORK_MS);
      uploads.remove(blobKey(digest), signal).catch(() => undefined);
    },
  });
  const queue = await openUploadQueue(bucketQueueDir(storeRoot), {
    maxTasks: MAX_QUEUED,
    maxTextBytes: MAX_QUEUED_TEXT_BYTES,
    onNotKept: (error) =>
      log.warn(
        { ...told, err: messageOf(error) },
        'could not read or write a file of what waits for the bucket',
      ),
  });
  metrics.watchBucketQueue(() => queue.size);
  let isFull = false;
  const enqueue = async (task: UploadTask) => {
    const isTaken = await queue.add(task);
    if (!isTaken) metrics.bucketUploads.inc({ outcome: 'dropped' });
    if (isTaken === isFull) {
      isFull = !isTaken;
      const text = isFull ? 'queue for the bucket is full' : 'queue for the bucket has room again';
      log[isFull ? 'warn' : 'info'](told, text);
    }
  };
  const redirects = new BucketRedirects({
    reader,
    presign: lookups.presign,
    enqueue,
    now,
    waitMs: LOOKUP_MS,
    onRedirect: () => metrics.bucketRedirects.inc(),
    onTrouble: (error) =>
      log.warn({ ...told, err: messageOf(error) }, 'no client is sent to the bucket'),
    onRecovery: () => log.info(told, 'clients are sent to the bucket again'),
  });
  const hasRules = describeRules(options);
  const openStores = (isForPeers: boolean) =>
    withBucketStores(local, {
      reader,
      isForPeers,
      enqueue,
      hasRules,
      onNotStored: (error) =>
        log.warn({ ...told, err: messageOf(error) }, 'could not store what came from the bucket'),
    });
  const { expireMs } = chosen;
  const uploader = new Uploader({
    bucket: uploads,
    queue,
    reader,
    store: local.store,
    renewAfterMs: expireMs === 0 ? undefined : expireMs / 2,
    isUp: () => breaker.circuit !== 'open',
    sleep,
    now,
    onOutcome: (outcome) => metrics.bucketUploads.inc({ outcome }),
    onGivenUp: ({ kind, repository }, error) =>
      log.warn(
        { ...told, kind, repository, err: messageOf(error) },
        'upload to the bucket given up',
      ),
    onFailure(error) {
      const watch = breaker.begin(true);
      watch.failed(messageOf(error));
      watch.end();
    },
    onTrouble: (error) =>
      log.warn({ ...told, err: messageOf(error) }, 'uploads to the bucket fail and wait'),
    onRecovery: () => log.info(told, 'uploads to the bucket work again'),
    onPutRight: (digest) => log.info({ ...told, digest }, 'wrong bytes in the bucket put right'),
  });
  uploader.start();
  const sweeping = sweepAgainAndAgain(
    {
      queue,
      maxWaiting: MAX_QUEUED / 2,
      used: () =>
        listUsedLinks({
          storeRoot,
          upstreamIds: options().upstreams.map(({ id }) => id),
          tags: local.tags,
          revisions: local.revisions,
          sinceMs: expireMs === 0 ? 0 : now() - expireMs / 2,
        }),
      sleep,
      everyMs: expireMs === 0 ? SWEEP_MS : Math.min(SWEEP_MS, expireMs / SWEEPS),
      onFailure: (error) =>
        log.warn({ ...told, err: messageOf(error) }, 'could not look through what is used'),
    },
    stopping.signal,
  );
  const { prefix } = chosen;
  const lifecycle = keepLifecycle(
    { bucket: uploads, prefix, expireMs, sleep, log },
    stopping.signal,
  );
  log.info({ ...told, prefix, waiting: queue.size }, 'bucket is used');
  return {
    reader,
    redirects: chosen.redirect === undefined ? undefined : redirects,
    stores: openStores(false),
    storesForPeers: openStores(true),
    async stop() {
      stopping.abort();
      breaker.close();
      await Promise.all([uploader.stop(), sweeping, lifecycle]);
      await Promise.all([lookupWay.close(), uploadWay.close()]);
    },
  };
}

/** Whether an image is under rules that each replica has to find a verdict for by itself. */
function describeRules(options: () => EgressOptions): (place: BucketPlace) => boolean {
  const trust = followImageRules(() => options().trust, TRUST_RULES);
  const admission = followImageRules(() => options().admission?.rules, ADMISSION_RULES);
  return ({ upstreamId, repository }) => {
    const { upstreams, trust: one, admission: other } = options();
    if (one === undefined && other === undefined) return false;
    const key = upstreams.find(({ id }) => id === upstreamId)?.key ?? upstreamId;
    const image = imageOf(key, repository);
    return trust(image) !== undefined || admission(image) !== undefined;
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
