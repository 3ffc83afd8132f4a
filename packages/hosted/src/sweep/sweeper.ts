import type { BegunUploads } from '../store/begun-uploads.ts';
import type { HostedStore } from '../store/hosted-store.ts';
import type { Room } from '../store/room.ts';
import { isStaging } from '../store/staging.ts';
import type { Claims, Clock } from './claims.ts';
import type { Deletion, Deletions } from './deletions.ts';
import type { DigestGuard } from './digest-guard.ts';
import { type ManifestParts, parseManifestParts } from './manifest-parts.ts';
import { planRemoval } from './plan-removal.ts';

/** A blob without a manifest may belong to a push that goes on. */
const ORPHAN_MS = 60 * 60_000;
/** An upload without another byte for so long is given up. */
const UPLOAD_MS = 24 * 60 * 60_000;
/** The same for one that has no byte at all: nothing would be sent twice. */
const EMPTY_UPLOAD_MS = 60 * 60_000;

export interface SweeperDeps {
  readonly store: HostedStore;
  readonly room: Room;
  readonly begun: BegunUploads;
  readonly guard: DigestGuard;
  readonly claims: Claims;
  readonly deletions: Deletions;
  readonly now: Clock;
  /** Whether a request uses the upload now. */
  readonly isBusy: (id: string) => boolean;
}

/**
 * Frees the room of what no hosted manifest names any longer. A link of a repository keeps a blob;
 * the sweep removes links first, and then blobs that no repository links. It never touches a digest
 * that a request uses, a blob that a push in progress counts on, or an upload.
 */
export class Sweeper {
  readonly #deps: SweeperDeps;
  #freedBytes = 0;

  constructor(deps: SweeperDeps) {
    this.#deps = deps;
  }

  /** The bytes that were freed since the start. */
  get freedBytes(): number {
    return this.#freedBytes;
  }

  /** Finishes the noted deletions. Those that a push still holds up stay noted. */
  async sweepDeletions(): Promise<void> {
    const { deletions } = this.#deps;
    const all = await deletions.list();
    const byRepository = Map.groupBy(all, ({ repository }) => repository);
    for (const [repository, noted] of byRepository) {
      await this.#sweepRepository(repository, noted);
    }
  }

  /**
   * Looks at everything: frees blobs that no repository links, links of blobs that no manifest names,
   * and uploads that were given up. Counts what is there on its way.
   */
  async sweepAll(): Promise<void> {
    const { store, room, begun, claims, now, isBusy } = this.#deps;
    const linked = new Set<string>();
    for await (const repository of store.repositories()) {
      const named = await this.#namedBlobs(repository);
      for (const { name, changedMs } of await store.layers(repository)) {
        const isOrphan = !named.has(name) && now() - changedMs > ORPHAN_MS;
        if (isOrphan && !claims.isClaimed(repository, name)) {
          await this.#removeOrphanLink(repository, name);
        } else linked.add(name);
      }
      for (const { name } of await store.revisions(repository)) linked.add(name);
      for await (const { name, sizeBytes, changedMs } of store.uploads(repository)) {
        if (isBusy(name)) continue;
        // The cleaner counts the bytes of pushes into upstreams' names.
        const longestMs = sizeBytes === 0 ? EMPTY_UPLOAD_MS : UPLOAD_MS;
        if (now() - changedMs <= longestMs) room.set(name, isStaging(repository) ? 0 : sizeBytes);
        else {
          await store.removeUpload(repository, name);
          begun.end(name);
          this.#freedBytes += room.remove(name);
        }
      }
    }
    for await (const { name, sizeBytes, changedMs } of store.blobs()) {
      room.set(name, sizeBytes);
      if (!linked.has(name) && now() - changedMs > ORPHAN_MS) await this.#removeUnlinked([name]);
    }
    claims.forgetOld();
  }

  async #sweepRepository(repository: string, noted: readonly Deletion[]): Promise<void> {
    const { store, deletions, claims, guard } = this.#deps;
    const manifests = noted.filter(({ kind }) => kind === 'manifest').map(({ digest }) => digest);
    const deleted = await this.#readAll(await this.#without(repository, manifests));
    // What may go, as far as it can be known before requests are kept away from it.
    const wanted = await this.#plan(repository, deleted);
    const digests = [...noted.map(({ digest }) => digest), ...wanted.manifests, ...wanted.blobs];
    const isDone = await guard.withUnused(digests, async (unused) => {
      // A manifest that came meanwhile counts.
      const { manifests: children, blobs } = await this.#plan(repository, deleted);
      const mayGo = (digest: string) => unused.has(digest) && !claims.isClaimed(repository, digest);
      for (const digest of children.filter(mayGo)) {
        // Noted first: without its link, a restart would not find its blobs.
        await deletions.add({ kind: 'manifest', repository, digest });
        await store.removeRevision(repository, digest);
      }
      for (const digest of blobs.filter(mayGo)) await store.removeLayer(repository, digest);
      const mustWait = ![...children, ...blobs].every(mayGo);
      // What waits is found by the manifests, so they stay readable until then.
      const kept = mustWait ? new Set([...manifests, ...children]) : new Set<string>();
      await this.#removeFree(digests.filter((one) => unused.has(one) && !kept.has(one)));
      if (!mustWait)
        for (const digest of children)
          await deletions.remove({ kind: 'manifest', repository, digest });
      return !mustWait;
    });
    for (const deletion of noted) {
      if (isDone || deletion.kind === 'blob') await deletions.remove(deletion);
    }
  }

  #plan(repository: string, deleted: ReadonlyMap<string, ManifestParts>) {
    return Promise.all([
      this.#readRevisions(repository),
      this.#deps.store.taggedDigests(repository),
    ]).then(([revisions, tagged]) => planRemoval({ deleted, revisions, tagged }));
  }

  /** Those of the manifests that the repository does not have. A push may have brought one back. */
  async #without(repository: string, digests: readonly string[]): Promise<string[]> {
    const gone: string[] = [];
    for (const digest of digests) {
      if (!(await this.#deps.store.hasRevision(repository, digest))) gone.push(digest);
    }
    return gone;
  }

  async #readRevisions(repository: string): Promise<Map<string, ManifestParts>> {
    const revisions = await this.#deps.store.revisions(repository);
    return this.#readAll(revisions.map(({ name }) => name));
  }

  async #readAll(digests: readonly string[]): Promise<Map<string, ManifestParts>> {
    const parts = new Map<string, ManifestParts>();
    for (const digest of digests) {
      const bytes = await this.#deps.store.readManifest(digest);
      if (bytes !== undefined) parts.set(digest, parseManifestParts(bytes));
    }
    return parts;
  }

  async #namedBlobs(repository: string): Promise<ReadonlySet<string>> {
    const revisions = await this.#readRevisions(repository);
    return new Set([...revisions.values()].flatMap(({ blobs }) => blobs));
  }

  async #removeOrphanLink(repository: string, digest: string): Promise<void> {
    const { guard, store } = this.#deps;
    await guard.withUnused([digest], async (unused) => {
      const named = await this.#namedBlobs(repository);
      if (unused.has(digest) && !named.has(digest)) await store.removeLayer(repository, digest);
    });
  }

  async #removeUnlinked(digests: readonly string[]): Promise<void> {
    await this.#deps.guard.withUnused(digests, (unused) => this.#removeFree([...unused]));
  }

  /** Removes those of the blobs that no repository links. No request may use them meanwhile. */
  async #removeFree(digests: readonly string[]): Promise<void> {
    const { store, room } = this.#deps;
    const free = new Set(digests);
    for await (const repository of store.repositories()) {
      for (const digest of free) {
        const isLinked =
          (await store.hasLayer(repository, digest)) ||
          (await store.hasRevision(repository, digest));
        if (isLinked) free.delete(digest);
      }
      if (free.size === 0) return;
    }
    for (const digest of free) {
      await store.removeBlob(digest);
      this.#freedBytes += room.remove(digest);
    }
  }
}
