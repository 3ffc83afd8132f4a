import { DigestMismatchError, verify } from '../../wire/body/verify.ts';
import { type BodyVersion, NO_VERSION, versionOf } from '../../wire/body/version.ts';
import { hashFor } from '../../wire/http/digest.ts';
import { inSpan, type Span } from '../../wire/spans.ts';
import { TransportError } from '../../wire/transport/failure.ts';
import { abortWhenUnread } from './abort-when-unread.ts';
import { BlobEndpoint } from './blob-endpoint.ts';
import type { BlobToFetch } from './blob-to-fetch.ts';
import type { FetchDeps, FetchFacts } from './fetch-deps.ts';
import { FetchOwnership } from './fetch-ownership.ts';
import { FetchProgress } from './fetch-progress.ts';
import { fetchInSpan, noteFetchEnd } from './fetch-span.ts';
import { type FetchPlace, openPlace } from './open-place.ts';
import { Reassembly } from './reassembly.ts';
import { receiveBlob } from './receive-blob.ts';
import { type RepositoryScope, scopeKey } from './repository-scope.ts';
import { SharedBody } from './shared-body.ts';
import { SpoolError } from './spool-error.ts';
import { StepwiseReservation } from './stepwise-reservation.ts';
import type { UnknownGrants } from './unknown-grants.ts';

export interface BlobFetchOptions extends BlobToFetch {
  /** How many bytes of the body may stay in memory now. */
  readonly tailBytes: () => number;
  readonly unknownGrants: UnknownGrants;
  /**
   * Called when the blob belongs to this replica. Requests of peers join this fetch from then on.
   * @returns the fetch that they have joined already. Then this one is not needed.
   */
  readonly shareWithPeers: (fetch: BlobFetch) => BlobFetch | undefined;
  /** Starts the fetch that takes the place of this one, in one piece. */
  readonly startInOnePiece: () => void;
}

/**
 * One fetch of one blob, shared by all its readers. It goes on when all readers have left. In the
 * end the blob is in the store, or nothing of it is. A fetch that is cut by the end of egress leaves
 * its file to the next one.
 */
export class BlobFetch {
  readonly digest: string;
  /** The repository that the fetch was started for. */
  readonly scope: RepositoryScope;
  readonly body: SharedBody;
  /** The span of this fetch; undefined where it is not traced. */
  span: Span | undefined;
  /**
   * Resolves at the first good reply, to the fetch that has the bytes: this one, or the one that runs
   * in its place for peers. Rejects with the failure that came instead.
   */
  readonly opened: Promise<BlobFetch>;
  /** Resolves when the fetch has ended, with or without a result. Never rejects. */
  readonly settled: Promise<void>;
  readonly #deps: FetchDeps;
  readonly #options: BlobFetchOptions;
  readonly #isInOnePiece: boolean;
  readonly #ownership: FetchOwnership<BlobFetch>;
  readonly #stop = new AbortController();
  readonly #opening = Promise.withResolvers<BlobFetch>();
  readonly #scopes = new Map<string, RepositoryScope>();
  readonly #progress: FetchProgress;
  #version: BodyVersion = NO_VERSION;
  #hadOtherEtags = false;
  #isStored = false;
  #storeError: SpoolError | undefined;

  constructor(deps: FetchDeps, options: BlobFetchOptions) {
    const { digest, scope, tailBytes, isInOnePiece = false, isPermitted = true } = options;
    this.#deps = deps;
    this.#options = options;
    this.#isInOnePiece = isInOnePiece;
    this.#ownership = new FetchOwnership(() => options.shareWithPeers(this));
    this.#progress = new FetchProgress(deps.now);
    this.digest = digest;
    this.scope = scope;
    this.body = new SharedBody(tailBytes);
    if (isPermitted) this.#scopes.set(scopeKey(scope), scope);
    this.opened = this.#opening.promise;
    this.opened.catch(() => undefined);
    this.settled = fetchInSpan(deps.spans, options, (span) => {
      this.span = span;
      return this.#run();
    });
  }

  get version(): BodyVersion {
    return this.#version;
  }

  /** Whether the blob is in the store and linked for all its repositories. */
  get isStored(): boolean {
    return this.#isStored;
  }

  get facts(): FetchFacts {
    const { digest, scope, body } = this;
    const { repository } = scope;
    return this.#progress.describe({ repository, digest }, this.#version, body);
  }

  isFor(scope: RepositoryScope): boolean {
    return this.#scopes.has(scopeKey(scope));
  }

  /** Adds a repository, once the upstream has said that it may have the blob. */
  async permit(scope: RepositoryScope): Promise<void> {
    this.#scopes.set(scopeKey(scope), scope);
    if (this.#isStored) await this.#link(scope);
  }

  /** Ends the fetch without a result. */
  abort(): void {
    this.#stop.abort(new TransportError('body', 'egress stops'));
  }

  async #run(): Promise<void> {
    const release = this.#deps.keepClientOpen();
    try {
      await this.#attempt(this.#isInOnePiece).catch((error: unknown) => {
        // A wrong digest is worth one more attempt, as long as no reader has seen a byte.
        if (!(error instanceof DigestMismatchError)) throw error;
        this.#deps.client.distrust(this.#options.path);
        if (this.body.releasedBytes > 0) throw error;
        return this.#attempt(this.#isInOnePiece || this.#hadOtherEtags);
      });
      this.body.end(undefined);
      this.#report();
    } catch (error) {
      const { replacement } = this.#ownership;
      if (replacement !== undefined) return this.#opening.resolve(replacement.opened);
      this.#opening.reject(error);
      this.body.end(error);
      this.#startAgain(error);
      this.#report();
    } finally {
      release();
    }
  }

  /**
   * Parts with different ETags came from different bytes. Readers have some of them, so this body
   * is lost. A client that asks again joins a fetch in one piece.
   */
  #startAgain(error: unknown): void {
    if (!(error instanceof DigestMismatchError) || this.#isInOnePiece) return;
    if (!this.#hadOtherEtags || this.body.releasedBytes === 0) return;
    this.#options.startInOnePiece();
  }

  #report(): void {
    const { failure } = this.body;
    const outcome = failure !== undefined ? 'failed' : this.#isStored ? 'stored' : 'not-stored';
    const cause = failure ?? this.#storeError;
    const end = { digest: this.digest, outcome, facts: this.facts, cause } as const;
    this.#deps.onFetchEnd(end);
    noteFetchEnd(this.span, end);
  }

  async #attempt(isInOnePiece: boolean): Promise<void> {
    const deps = this.#deps;
    const { path, expectedBytes, unknownGrants } = this.#options;
    const over = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, over.signal]);
    const { upstreamId, repository } = this.scope;
    const asked = { path, repository, expectedBytes };
    const endpoint = new BlobEndpoint(deps.client, asked, signal, this.#ownership);
    let place: FetchPlace | undefined;
    let reassembly: Reassembly | undefined;
    let reservation: StepwiseReservation | undefined;
    try {
      place = await openPlace(deps, endpoint, { upstreamId, digest: this.digest, isInOnePiece });
      const { opening, file, begun, journal } = place;
      const { sizeBytes } = opening;
      this.body.sizeBytes = sizeBytes;
      if (sizeBytes === undefined) {
        abortWhenUnread(this.body, deps.blobs.unreadMs, over, expectedBytes ?? 0);
      }
      this.#version = versionOf(opening.reply);
      this.#progress.noteReply();
      this.#ownership.noteOpened();
      this.#opening.resolve(this);
      reservation = new StepwiseReservation(deps.reservations, sizeBytes, signal, unknownGrants);
      await reservation.begin();
      const whole = await Reassembly.open(file, this.digest, () => this.body.advance(), begun);
      reassembly = whole;
      reassembly.onWritten = (start, end) => journal?.add(start, end);
      this.body.begin(reassembly);
      const abandon = () => over.abort();
      const onOtherEtag = () => {
        this.#hadOtherEtags = true;
      };
      const receiving = { endpoint, opening, reassembly, reservation, begun, signal, abandon };
      const onReceived = (bytes: number) => {
        this.#progress.noteBytes(bytes);
        deps.onReceived(bytes);
      };
      await inSpan(deps.spans, 'receive', {}, () =>
        receiveBlob({ ...deps, onReceived }, { ...receiving, isInOnePiece, onOtherEtag }),
      );
      await inSpan(deps.spans, 'verify and store', {}, () => this.#keep(whole, file));
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error;
      this.#storeError = error;
      if (!this.body.isVerified) this.#handOver(reassembly);
    } finally {
      over.abort();
      reservation?.end();
      if (place !== undefined) await this.#leave(place);
    }
  }

  /** The next egress goes on with a body that this one was stopped in. All else is removed. */
  async #leave({ file, journal }: FetchPlace): Promise<void> {
    await journal?.close().catch(() => undefined);
    if (this.#stop.signal.aborted && journal !== undefined && !this.#isStored) return;
    // After a success the file has another name by now.
    await this.#deps.store.begun.remove(file).catch(() => undefined);
  }

  /** @throws DigestMismatchError; TransportError where bytes are missing. */
  #complete(reassembly: Reassembly): void {
    const { sizeBytes } = this.body;
    if (sizeBytes !== undefined && reassembly.frontier !== sizeBytes) {
      throw new TransportError('body', `${this.#version.host} ended the body too early`);
    }
    verify(reassembly.copyHash(), this.digest);
    this.body.complete();
  }

  async #keep(reassembly: Reassembly, file: string): Promise<void> {
    await reassembly.settle();
    this.#complete(reassembly);
    await reassembly.sync();
    await this.#storeFile(file);
  }

  /** Readers have the right bytes by now. A failure from here on only costs a later fetch. */
  async #storeFile(file: string): Promise<void> {
    try {
      await this.#deps.store.storeFile(this.digest, file);
      // The loop meets repositories that are added meanwhile. Later ones link by `permit`.
      for (const scope of this.#scopes.values()) await this.#link(scope);
      this.#isStored = true;
    } catch (error) {
      throw new SpoolError(error);
    }
  }

  #link({ upstreamId, repository }: RepositoryScope): Promise<void> {
    return this.#deps.store.linkLayer(upstreamId, repository, this.digest);
  }

  /** Releases the bytes that are here. Each reader fetches the rest by itself. */
  #handOver(reassembly: Reassembly | undefined): void {
    if (reassembly !== undefined && reassembly.frontier === this.body.sizeBytes) {
      this.#complete(reassembly);
      return;
    }
    const hash = reassembly?.copyHash() ?? hashFor(this.digest);
    this.body.handOver({ position: reassembly?.frontier ?? 0, hash });
  }
}
