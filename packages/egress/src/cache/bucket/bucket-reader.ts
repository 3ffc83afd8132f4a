import {
  type Bucket,
  BucketError,
  type BucketPlace,
  blobKey,
  type FoundObject,
  layerKey,
  parseTag,
  referrersKey,
  revisionKey,
  tagKey,
} from '@registry-cache/bucket';
import { createBoundedMap, waitUnlessGone, withTimeout } from '@registry-cache/runtime';
import type { TagRecord } from '../../store/tags.ts';
import type { Breaker } from '../../upstream/health/breaker.ts';
import { TransportError } from '../../wire/transport/failure.ts';
import { askBeside } from './ask-beside.ts';
import { readText } from './read-text.ts';
import type { SlowBodies } from './slow-bodies.ts';

export interface BucketReaderDeps {
  readonly bucket: Bucket;
  readonly breaker: Pick<Breaker, 'admit' | 'begin'>;
  readonly slowBodies: Pick<SlowBodies, 'isSlow' | 'watch'>;
  /** The longest time until a lookup has an answer: so much a bucket may cost a cold pull. */
  readonly lookupMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onLookup: (outcome: 'hit' | 'miss' | 'failed') => void;
  /** The bucket sent wrong bytes for a digest. */
  readonly onWrongBytes: (digest: string) => void;
}

/** The objects that say who may have a digest. */
export type LinkKind = 'layer' | 'revision';

/** A part that is asked for beyond the end of the object. */
export const BEYOND_END = Symbol('beyond the end');

export interface ReadOptions {
  readonly range?: string | undefined;
  /** Whether a slow body is better than none. */
  readonly isPatient?: boolean;
  readonly signal: AbortSignal;
}

const CAPACITY = 10_000;
/** Other replicas may put something there at any time. */
const MISSING_FOR_MS = 20_000;
/** After a body that broke off, the upstream is asked first for this time. */
const SECOND_FOR_MS = 60_000;
/** A tag's record has 120 bytes, a list of referrers 4 MiB at most. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/**
 * Looks for content in the bucket. What cannot be had in a short time counts as missing. It throws
 * for a caller that has gone, and for nothing else.
 */
export class BucketReader {
  readonly #deps: BucketReaderDeps;
  readonly #linked = createBoundedMap<string, true>(CAPACITY);
  readonly #missingUntilMs = createBoundedMap<string, number>(CAPACITY);
  readonly #wrong = createBoundedMap<string, true>(CAPACITY);
  readonly #sent = createBoundedMap<string, true>(CAPACITY);
  readonly #secondUntilMs = createBoundedMap<string, number>(CAPACITY);
  readonly #ofPeers = createBoundedMap<string, true>(CAPACITY);

  constructor(deps: BucketReaderDeps) {
    this.#deps = deps;
  }

  get name(): string {
    return this.#deps.bucket.name;
  }

  /** The object of a blob or manifest that this repository may have. */
  async open(
    kind: LinkKind,
    place: BucketPlace,
    digest: string,
    { range, isPatient = false, signal }: ReadOptions,
  ): Promise<FoundObject | typeof BEYOND_END | undefined> {
    const key = blobKey(digest);
    if (this.#wrong.has(digest) || this.#isMissing(key)) return undefined;
    const get = async (wanted: AbortSignal) => {
      const object = await this.#ask(key, wanted, (limited) =>
        this.#deps.bucket.get(key, { range, signal: limited }),
      );
      // A body may fail before it is read. That must not end the process; readers still get it.
      if (object !== BEYOND_END) object?.body.on('error', () => undefined);
      return object;
    };
    const found = await this.#ifLinked(kind, place, digest, signal, get, (unwanted) => {
      if (unwanted !== BEYOND_END) unwanted?.body.destroy();
    });
    if (found === undefined || found === BEYOND_END) return found;
    this.#sent.set(digest, true);
    const { bucket, slowBodies, now } = this.#deps;
    const body = isPatient ? found.body : slowBodies.watch(found.body, bucket.name);
    body.on('error', () => {
      if (!signal.aborted) this.#secondUntilMs.set(digest, now() + SECOND_FOR_MS);
    });
    return { ...found, body };
  }

  /** The size in bytes of a blob or manifest that this repository may have. */
  async size(
    kind: LinkKind,
    place: BucketPlace,
    digest: string,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const key = blobKey(digest);
    if (this.#wrong.has(digest) || this.#isMissing(key)) return undefined;
    const head = (wanted: AbortSignal) =>
      this.#ask(key, wanted, (limited) => this.#deps.bucket.head(key, limited));
    const found = await this.#ifLinked(kind, place, digest, signal, head);
    return found === BEYOND_END ? undefined : found?.sizeBytes;
  }

  async tag(place: BucketPlace, tag: string, signal: AbortSignal): Promise<TagRecord | undefined> {
    const text = await this.#text(tagKey(place, tag), signal);
    return text === undefined ? undefined : parseTag(text);
  }

  referrers(place: BucketPlace, subject: string, signal: AbortSignal): Promise<string | undefined> {
    return this.#text(referrersKey(place, subject), signal);
  }

  /**
   * Whether the upstream is the better way: a body of this digest has broken off lately, or any was
   * too slow.
   */
  isSecond(digest: string): boolean {
    const { slowBodies, now } = this.#deps;
    return slowBodies.isSlow || (this.#secondUntilMs.get(digest) ?? 0) > now();
  }

  /**
   * Reports that the bytes for a digest were wrong. The bucket is not asked for it until it was put
   * there anew.
   * @returns whether the bucket may have sent them.
   */
  distrust(digest: string): boolean {
    if (!this.#sent.delete(digest)) return false;
    this.#wrong.set(digest, true);
    this.#deps.onWrongBytes(digest);
    return true;
  }

  /** Whether the object of a digest has to be put there anew. */
  isWrong(digest: string): boolean {
    return this.#wrong.has(digest);
  }

  /** Reports who sends the bytes of a digest that the bucket did not have. */
  noteSource(digest: string, isPeer: boolean): void {
    if (isPeer) this.#ofPeers.set(digest, true);
    else this.#ofPeers.delete(digest);
  }

  /** Whether a peer has sent the bytes of a digest. True once for each time. */
  takeFromPeer(digest: string): boolean {
    return this.#ofPeers.delete(digest);
  }

  /** Reports that an object is there now, and is right. */
  noteStored(key: string, digest?: string): void {
    this.#missingUntilMs.delete(key);
    if (digest === undefined) return;
    this.#wrong.delete(digest);
    this.#missingUntilMs.delete(blobKey(digest));
  }

  /**
   * Asks for content, and at the same time whether the repository may have it. What comes is given
   * out after that answer alone.
   * @param discard gets what came and may not be given out.
   * @returns undefined where the repository may not have the content.
   */
  async #ifLinked<T>(
    kind: LinkKind,
    place: BucketPlace,
    digest: string,
    signal: AbortSignal,
    ask: (wanted: AbortSignal) => Promise<T>,
    discard: (unwanted: T) => void = () => undefined,
  ): Promise<T | undefined> {
    const link = kind === 'layer' ? layerKey(place, digest) : revisionKey(place, digest);
    if (this.#linked.has(link)) return ask(signal);
    if (this.#isMissing(link)) return undefined;
    return askBeside(this.#findLink(link, signal), ask, signal, discard);
  }

  async #findLink(link: string, signal: AbortSignal): Promise<boolean> {
    const found = await this.#ask(link, signal, (limited) => this.#deps.bucket.head(link, limited));
    if (found === undefined || found === BEYOND_END) return false;
    this.#linked.set(link, true);
    return true;
  }

  async #text(key: string, signal: AbortSignal): Promise<string | undefined> {
    if (this.#isMissing(key)) return undefined;
    const found = await this.#ask(key, signal, async (limited) => {
      const object = await this.#deps.bucket.get(key, { signal: limited });
      if (object === undefined) return undefined;
      return readText(object.body, MAX_TEXT_BYTES);
    });
    return found === BEYOND_END ? undefined : found;
  }

  #isMissing(key: string): boolean {
    return (this.#missingUntilMs.get(key) ?? 0) > this.#deps.now();
  }

  /** Undefined also for a bucket in trouble. @throws the reason of the signal. */
  async #ask<T>(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T | undefined>,
  ): Promise<T | typeof BEYOND_END | undefined> {
    const { bucket, breaker, lookupMs, now, onLookup } = this.#deps;
    try {
      breaker.admit();
    } catch {
      return undefined;
    }
    const watch = breaker.begin(true);
    const late = () =>
      new TransportError('headers', `no answer from the bucket ${bucket.name} in time`, {
        timedOut: true,
      });
    try {
      const found = await withTimeout(lookupMs, signal, late, (limited) =>
        // The search for credentials hears no signal.
        waitUnlessGone(work(limited), limited),
      );
      watch.answered();
      onLookup(found === undefined ? 'miss' : 'hit');
      if (found === undefined) this.#missingUntilMs.set(key, now() + MISSING_FOR_MS);
      return found;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof BucketError && error.status === 416) {
        watch.answered();
        return BEYOND_END;
      }
      onLookup('failed');
      watch.failed(error instanceof Error ? error.message : String(error));
      return undefined;
    } finally {
      watch.end();
    }
  }
}
