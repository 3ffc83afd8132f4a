import { type Descriptor, MAX_MANIFEST_PARTS, parseDescriptors } from '@registry-cache/domain';
import { createBoundedMap } from '@registry-cache/runtime';
import type { ContentStore } from '../../store/content-store.ts';

const CAPACITY = 10_000;
/** A manifest is checked at most once in this time. */
const GOOD_FOR_MS = 60_000;

export interface ChildCheckDeps {
  readonly store: Pick<ContentStore, 'blobSize' | 'readBlob' | 'removeDamaged'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A damaged blob was removed from the store. */
  readonly onDamaged: (digest: string) => void;
}

/**
 * Compares the sizes in manifests with those of the blobs in the store, before a client asks for
 * these blobs. A truncated blob is removed, and so fetched again. A size alone never removes a
 * blob, since a manifest may be wrong: the bytes decide.
 */
export class ChildChecks {
  readonly #checkedMs = createBoundedMap<string, number>(CAPACITY);

  /**
   * Resolves when each blob that the manifest names is whole or gone.
   * @param digest of the manifest's `bytes`.
   */
  async check(deps: ChildCheckDeps, digest: string, bytes: Uint8Array): Promise<void> {
    const nowMs = deps.now();
    const checkedMs = this.#checkedMs.get(digest);
    if (checkedMs !== undefined && Math.abs(nowMs - checkedMs) < GOOD_FOR_MS) return;
    this.#checkedMs.set(digest, nowMs);
    // The rest of a longer list is not checked.
    const named = parseDescriptors(bytes).slice(0, MAX_MANIFEST_PARTS);
    await Promise.all(named.map((one) => this.#checkOne(deps, one)));
  }

  async #checkOne(
    deps: ChildCheckDeps,
    { digest, sizeBytes, isManifest }: Descriptor,
  ): Promise<void> {
    const { store } = deps;
    const foundBytes = await store.blobSize(digest);
    if (foundBytes === undefined) return;
    if (foundBytes !== sizeBytes && (await store.removeDamaged(digest))) deps.onDamaged(digest);
    else if (isManifest) await this.#checkManifest(deps, digest);
  }

  async #checkManifest(deps: ChildCheckDeps, digest: string): Promise<void> {
    const bytes = await deps.store.readBlob(digest);
    if (bytes !== undefined) await this.check(deps, digest, bytes);
  }
}
