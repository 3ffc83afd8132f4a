import { rm } from 'node:fs/promises';
import { DigestMismatchError, verify } from '../../wire/body/verify.ts';
import { type BodyVersion, versionOf } from '../../wire/body/version.ts';
import { hashFor } from '../../wire/http/digest.ts';
import { TransportError } from '../../wire/transport/failure.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { abortWhenUnread } from './abort-when-unread.ts';
import { BlobEndpoint } from './blob-endpoint.ts';
import type { FetchEnd, FetchOptions, RepositoryScope } from './fetch-deps.ts';
import { openBlob } from './open-blob.ts';
import { Reassembly, SpoolError } from './reassembly.ts';
import { receiveBlob } from './receive-blob.ts';
import { SharedBody } from './shared-body.ts';
import { StepwiseReservation } from './stepwise-reservation.ts';

export type { FetchEnd, FetchOptions, RepositoryScope };

/**
 * One fetch of one blob, for everybody who wants it. It goes on when all readers have left, and
 * ends with the blob in the store, or with nothing there.
 */
export class BlobFetch {
  readonly digest: string;
  /** Whom the upstream gives the blob to. */
  readonly scope: RepositoryScope;
  readonly body: SharedBody;
  /** Resolves when a first good answer came; rejects with what came instead. */
  readonly opened: Promise<void>;
  /** Resolves when nothing more will happen here, well or not. */
  readonly settled: Promise<void>;
  readonly #context: UpstreamContext;
  readonly #path: string;
  readonly #stop = new AbortController();
  readonly #opening = Promise.withResolvers<void>();
  readonly #scopes = new Map<string, RepositoryScope>();
  readonly #isInOnePiece: boolean;
  readonly #expectedBytes: number;
  #version: BodyVersion = { host: '', etag: undefined, totalBytes: undefined };
  #hadOtherTags = false;
  #isKept = false;
  #unkept: SpoolError | undefined;

  /** `path` is the blob's at the upstream; for `windowBytes` see the body's. */
  constructor(
    context: UpstreamContext,
    path: string,
    scope: RepositoryScope,
    digest: string,
    tailBytes: () => number,
    { isInOnePiece = false, expectedBytes = 0 }: FetchOptions = {},
  ) {
    this.#isInOnePiece = isInOnePiece;
    this.#expectedBytes = expectedBytes;
    this.body = new SharedBody(tailBytes);
    this.#context = context;
    this.#path = path;
    this.digest = digest;
    this.scope = scope;
    this.#scopes.set(keyOf(scope), scope);
    this.opened = this.#opening.promise;
    this.opened.catch(() => undefined);
    this.settled = this.#run();
  }

  get version(): BodyVersion {
    return this.#version;
  }

  /** Whether the blob is in the store, linked for all its places. */
  get isKept(): boolean {
    return this.#isKept;
  }

  isFor(scope: RepositoryScope): boolean {
    return this.#scopes.has(keyOf(scope));
  }

  /** Lets a repository have the blob too, after its upstream said that it may. */
  async permit(scope: RepositoryScope): Promise<void> {
    this.#scopes.set(keyOf(scope), scope);
    if (this.#isKept) await this.#link(scope);
  }

  /** Ends it without a result. */
  abort(): void {
    this.#stop.abort(new TransportError('body', 'egress stops'));
  }

  async #run(): Promise<void> {
    const release = this.#context.keepClientOpen();
    try {
      await this.#attempt(this.#isInOnePiece).catch((error: unknown) => {
        // Nobody has seen a byte of it: that is worth another attempt, and one only.
        if (!(error instanceof DigestMismatchError)) throw error;
        this.#context.client.distrust(this.#path);
        if (this.body.releasedBytes > 0) throw error;
        return this.#attempt(this.#isInOnePiece || this.#hadOtherTags);
      });
      this.body.end(undefined);
    } catch (error) {
      this.#opening.reject(error);
      this.body.end(error);
      this.#startAgain(error);
    } finally {
      release();
      this.#report();
    }
  }

  /**
   * Parts with different ETags were of different bytes. Readers have some of them, so this body is
   * lost, but who asks again joins a fetch in one piece.
   */
  #startAgain(error: unknown): void {
    if (!(error instanceof DigestMismatchError) || this.#isInOnePiece) return;
    if (!this.#hadOtherTags || this.body.releasedBytes === 0) return;
    const { fetches } = this.#context;
    fetches.start(this.#context, this.#path, this.scope, this.digest, { isInOnePiece: true });
  }

  #report(): void {
    const { failure } = this.body;
    const outcome = failure !== undefined ? 'failed' : this.#isKept ? 'kept' : 'unkept';
    const cause = failure ?? this.#unkept;
    this.#context.onFetchEnd({ digest: this.digest, outcome, cause });
  }

  async #attempt(isInOnePiece: boolean): Promise<void> {
    const context = this.#context;
    const over = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, over.signal]);
    const endpoint = new BlobEndpoint(context, this.#path, this.scope.repository, signal);
    const file = context.store.temporaryFile();
    let reassembly: Reassembly | undefined;
    let reservation: StepwiseReservation | undefined;
    try {
      const now = () => performance.now();
      const opening = await openBlob(endpoint, context.key, now, isInOnePiece);
      this.body.sizeBytes = opening.sizeBytes;
      if (opening.sizeBytes === undefined) {
        abortWhenUnread(this.body, context.blobs.unreadMs, over, this.#expectedBytes);
      }
      this.#version = versionOf(opening.reply);
      this.#opening.resolve();
      const { unknownGrants } = context.fetches;
      reservation = new StepwiseReservation(
        context.reservations,
        opening.sizeBytes,
        signal,
        unknownGrants,
      );
      await reservation.begin();
      reassembly = await Reassembly.open(file, this.digest, () => this.body.advance());
      this.body.begin(reassembly);
      const abandon = () => over.abort();
      const onOtherTag = () => {
        this.#hadOtherTags = true;
      };
      const receiving = { context, endpoint, opening, reassembly, reservation, signal, abandon };
      await receiveBlob({ ...receiving, isInOnePiece, onOtherTag });
      await reassembly.settle();
      this.#complete(reassembly);
      await reassembly.sync();
      await this.#keep(file);
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error;
      this.#unkept = error;
      if (!this.body.isVerified) this.#handOver(reassembly);
    } finally {
      over.abort();
      reservation?.end();
      // Renamed by now, unless something went wrong.
      await rm(file, { force: true }).catch(() => undefined);
    }
  }

  /** @throws DigestMismatchError, TransportError where bytes are missing. */
  #complete(reassembly: Reassembly): void {
    const { sizeBytes } = this.body;
    if (sizeBytes !== undefined && reassembly.frontier !== sizeBytes) {
      throw new TransportError('body', `${this.#version.host} ended the body too early`);
    }
    verify(reassembly.copyHash(), this.digest);
    this.body.complete();
  }

  /** The bytes are right and given out: what fails from here on costs a later fetch, no more. */
  async #keep(file: string): Promise<void> {
    try {
      await this.#context.store.keepFile(this.digest, file);
      // A place that comes meanwhile is met by this loop, a later one links for itself.
      for (const scope of this.#scopes.values()) await this.#link(scope);
      this.#isKept = true;
    } catch (error) {
      throw new SpoolError(error);
    }
  }

  #link({ upstreamId, repository }: RepositoryScope): Promise<void> {
    return this.#context.store.linkLayer(upstreamId, repository, this.digest);
  }

  /** What is here is given out; from there on each reader asks for itself. */
  #handOver(reassembly: Reassembly | undefined): void {
    if (reassembly !== undefined && reassembly.frontier === this.body.sizeBytes)
      this.#complete(reassembly);
    else {
      const hash = reassembly?.copyHash() ?? hashFor(this.digest);
      this.body.handOver({ position: reassembly?.frontier ?? 0, hash });
    }
  }
}

function keyOf({ upstreamId, repository }: RepositoryScope): string {
  return `${upstreamId} ${repository}`;
}
