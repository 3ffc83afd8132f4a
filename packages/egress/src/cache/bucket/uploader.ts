import { open } from 'node:fs/promises';
import {
  type Bucket,
  BucketError,
  blobKey,
  formatTag,
  parseTag,
  type QueuedTask,
  taskKey,
  type UploadQueue,
  type UploadTask,
} from '@registry-cache/bucket';
import { createBoundedMap, orMissing } from '@registry-cache/runtime';
import type { ContentStore } from '../../store/content-store.ts';
import type { BucketReader } from './bucket-reader.ts';
import { readText } from './read-text.ts';
import { renewReferrers } from './renew-referrers.ts';

export type UploadOutcome = 'stored' | 'renewed' | 'present' | 'gone' | 'failed';

export interface UploaderDeps {
  readonly bucket: Bucket;
  readonly queue: UploadQueue;
  readonly reader: Pick<BucketReader, 'isWrong' | 'noteStored'>;
  readonly store: Pick<ContentStore, 'blobFile' | 'blobSize'>;
  /** Objects older than this are renewed; undefined where the bucket keeps them for ever. */
  readonly renewAfterMs: number | undefined;
  /** Whether the bucket answers. While it does not, nothing is sent. */
  readonly isUp: () => boolean;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onOutcome: (outcome: UploadOutcome) => void;
  /** A task was given up: trying it again would not help. */
  readonly onGivenUp: (task: UploadTask, error: unknown) => void;
  /** An upload has failed, perhaps because the bucket does not answer at all. */
  readonly onFailure: (error: unknown) => void;
  /** Uploads fail again and again while the bucket answers, or work again after that. */
  readonly onTrouble: (error: unknown) => void;
  readonly onRecovery: () => void;
  /** The right bytes are in the place of wrong ones. */
  readonly onPutRight: (digest: string) => void;
}

/** After so many failures in a row, uploads are in trouble of their own. */
const TROUBLE_AFTER = 3;
/** How many uploads run at once: pulls come first. */
const WORKERS = 2;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** The largest body of one PutObject. Source: Amazon S3's documentation of its limits. */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3;
/** A tag that is confirmed all the time is written again after this time. */
const SAME_TAG_MS = 60_000;
/** An object that was seen in the bucket is not looked for again within this time at most. */
const SEEN_MS = 3_600_000;
const CAPACITY = 20_000;
/** A tag's record has 120 bytes. */
const MAX_RECORD_BYTES = 10_000;
/**
 * No honest replica's clock is so far ahead: S3 refuses requests that are. Source: Amazon S3's
 * documentation of `RequestTimeTooSkewed`.
 */
const MAX_SKEW_MS = 900_000;

/**
 * Sends to the bucket what waits in the queue, until it is stopped. A bucket that does not answer, or
 * refuses, is tried again after longer and longer pauses.
 */
export class Uploader {
  readonly #deps: UploaderDeps;
  readonly #stop = new AbortController();
  readonly #seenMs = createBoundedMap<string, number>(CAPACITY);
  readonly #lastText = createBoundedMap<string, { text: string; atMs: number }>(CAPACITY);
  #pauseMs = 0;
  #failures = 0;
  #isInTrouble = false;
  #workers: Promise<unknown> = Promise.resolve();

  readonly #seenForMs: number;

  constructor(deps: UploaderDeps) {
    this.#deps = deps;
    this.#seenForMs = Math.min(SEEN_MS, (deps.renewAfterMs ?? SEEN_MS) / 4);
  }

  start(): void {
    this.#workers = Promise.all(Array.from({ length: WORKERS }, () => this.#work()));
  }

  /** Running uploads are cut off. Their tasks stay in the queue. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#workers;
  }

  async #work(): Promise<void> {
    const { queue, isUp, sleep } = this.#deps;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (!isUp() || this.#pauseMs > 0) {
        await sleep(Math.max(this.#pauseMs, FIRST_PAUSE_MS), signal).catch(() => undefined);
        if (signal.aborted) return;
        if (!isUp()) continue;
      }
      const next = queue.take();
      if (next === undefined) await queue.added(signal);
      else await this.#run(next);
    }
  }

  async #run(queued: QueuedTask): Promise<void> {
    const { queue, onOutcome, onGivenUp } = this.#deps;
    try {
      const outcome = await this.#upload(queued.task);
      this.#noteSuccess();
      onOutcome(outcome);
      await queue.done(queued);
    } catch (error) {
      if (this.#stop.signal.aborted) return queue.giveBack(queued);
      onOutcome('failed');
      if (error instanceof BucketError && error.isLasting) {
        onGivenUp(queued.task, error);
        return queue.done(queued);
      }
      queue.giveBack(queued);
      this.#noteFailure(error);
    }
  }

  #noteSuccess(): void {
    this.#pauseMs = 0;
    this.#failures = 0;
    if (this.#isInTrouble) this.#deps.onRecovery();
    this.#isInTrouble = false;
  }

  #noteFailure(error: unknown): void {
    const { isUp, onFailure, onTrouble } = this.#deps;
    this.#pauseMs = Math.min(this.#pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.#failures += 1;
    onFailure(error);
    if (this.#isInTrouble || !isUp() || this.#failures < TROUBLE_AFTER) return;
    this.#isInTrouble = true;
    onTrouble(error);
  }

  async #upload(task: UploadTask): Promise<UploadOutcome> {
    const key = taskKey(task);
    if (task.kind === 'referrers') return this.#putText(key, task.list, SEEN_MS);
    if (task.kind === 'tag') return this.#uploadTag(key, task.record);
    // The content first, since a link promises that it is there.
    const content = await this.#uploadBlob(task.digest);
    if (content === 'gone') return content;
    const { bucket, reader } = this.#deps;
    const { signal } = this.#stop;
    const put = () => bucket.put(key, { text: `${task.digest}\n` }, signal).then(() => true);
    const link = await this.#renewOr(key, put);
    reader.noteStored(key);
    if (task.kind === 'revision' && link === 'renewed') await renewReferrers(bucket, task, signal);
    return content === 'present' ? link : content;
  }

  async #uploadBlob(digest: string): Promise<UploadOutcome> {
    const { store, reader, onPutRight } = this.#deps;
    const sizeBytes = await store.blobSize(digest);
    // Clients may use what the bucket alone has. It is renewed for them.
    if (sizeBytes === undefined && !reader.isWrong(digest)) return this.#renewOr(blobKey(digest));
    if (sizeBytes === undefined || sizeBytes > MAX_OBJECT_BYTES) return 'gone';
    const put = () => this.#putBlob(digest);
    if (!reader.isWrong(digest)) return this.#renewOr(blobKey(digest), put, sizeBytes);
    if (!(await put())) return 'gone';
    reader.noteStored(blobKey(digest), digest);
    onPutRight(digest);
    return 'stored';
  }

  /** False if the blob was evicted meanwhile. An open file outlives that. */
  async #putBlob(digest: string): Promise<boolean> {
    const { bucket, store } = this.#deps;
    const file = await orMissing(open(store.blobFile(digest)));
    if (file === undefined) return false;
    try {
      const { size: sizeBytes } = await file.stat();
      // It may fail while nobody reads it. That must not end the process; the sender still hears.
      const body = () => file.createReadStream({ autoClose: false }).on('error', () => undefined);
      await bucket.put(blobKey(digest), { open: body, sizeBytes, digest }, this.#stop.signal);
      return true;
    } finally {
      await file.close();
    }
  }

  /** Puts an object unless the bucket has it, and renews an old one. Without `put` it may be gone. */
  async #renewOr(
    key: string,
    put?: () => Promise<boolean>,
    sizeBytes?: number,
  ): Promise<UploadOutcome> {
    const { bucket, now, reader } = this.#deps;
    if (now() - (this.#seenMs.get(key) ?? 0) < this.#seenForMs) return 'present';
    const found = await bucket.head(key, this.#stop.signal);
    const isThere = found !== undefined && (sizeBytes ?? found.sizeBytes) === found.sizeBytes;
    const isOld = this.#isOld(found?.modifiedMs);
    if (!isThere && (await put?.()) !== true) return 'gone';
    if (isThere && isOld) await bucket.renew(key, this.#stop.signal);
    this.#seenMs.set(key, now());
    reader.noteStored(key);
    return isThere ? (isOld ? 'renewed' : 'present') : 'stored';
  }

  #isOld(modifiedMs = this.#deps.now()): boolean {
    const { renewAfterMs = Number.POSITIVE_INFINITY, now } = this.#deps;
    return now() - modifiedMs > renewAfterMs;
  }

  async #uploadTag(
    key: string,
    record: Extract<UploadTask, { kind: 'tag' }>['record'],
  ): Promise<UploadOutcome> {
    const { bucket, reader, now } = this.#deps;
    const { signal } = this.#stop;
    if (record === undefined) {
      this.#lastText.delete(key);
      await bucket.remove(key, signal);
      return 'stored';
    }
    const last = this.#lastText.get(key);
    const lastTag = parseTag(last?.text ?? '');
    const isSame =
      lastTag?.digest === record.digest &&
      record.confirmedAtMs - lastTag.confirmedAtMs < SAME_TAG_MS &&
      now() - (last?.atMs ?? 0) < this.#seenForMs;
    if (isSame) return 'present';
    // Another replica may have a later word of the upstream.
    const there = await bucket.get(key, { signal });
    const text = there && (await readText(there.body, MAX_RECORD_BYTES));
    const knownMs = parseTag(text ?? '')?.confirmedAtMs ?? 0;
    // A record from the future would keep every later word out.
    const isLater = knownMs > record.confirmedAtMs && knownMs < now() + MAX_SKEW_MS;
    if (isLater && this.#isOld(there?.modifiedMs)) await bucket.renew(key, signal);
    if (isLater) return 'present';
    const outcome = await this.#putText(key, formatTag(record), 0);
    reader.noteStored(key);
    return outcome;
  }

  async #putText(key: string, text: string, sameForMs: number): Promise<UploadOutcome> {
    const { bucket, now } = this.#deps;
    const last = this.#lastText.get(key);
    if (last?.text === text && now() - last.atMs < sameForMs) return 'present';
    await bucket.put(key, { text }, this.#stop.signal);
    this.#lastText.set(key, { text, atMs: now() });
    return 'stored';
  }
}
