import { type Descriptor, parseDescriptors } from '@registry-cache/domain';
import { createBoundedMap } from '@registry-cache/runtime';
import type { UpstreamContext } from '../upstream-context.ts';

const CAPACITY = 10_000;
/** A manifest that is asked for all the time is looked through once in so long. */
const GOOD_FOR_MS = 60_000;
/** An index of more platforms than any image has is not followed. */
const MAX_DESCRIPTORS = 2_000;

type Parts = Pick<UpstreamContext, 'store' | 'now' | 'onDamaged'>;

/**
 * Compares the sizes that manifests name with those of the blobs in the store, before a client
 * asks for these blobs: a truncated one is taken out and thus fetched anew. A size alone never
 * removes a blob, since a manifest may be wrong: the bytes decide.
 */
export class ChildChecks {
  readonly #checkedMs = createBoundedMap<string, number>(CAPACITY);

  /** Resolves when what the manifest names is whole or gone. `digest` and `bytes` belong together. */
  async check(parts: Parts, digest: string, bytes: Uint8Array): Promise<void> {
    const nowMs = parts.now();
    const checkedMs = this.#checkedMs.get(digest);
    if (checkedMs !== undefined && Math.abs(nowMs - checkedMs) < GOOD_FOR_MS) return;
    this.#checkedMs.set(digest, nowMs);
    const named = parseDescriptors(bytes).slice(0, MAX_DESCRIPTORS);
    await Promise.all(named.map((one) => this.#checkOne(parts, one)));
  }

  async #checkOne(parts: Parts, { digest, sizeBytes, isManifest }: Descriptor): Promise<void> {
    const { store } = parts;
    const foundBytes = await store.blobSize(digest);
    if (foundBytes === undefined) return;
    if (foundBytes !== sizeBytes && (await store.removeDamaged(digest))) parts.onDamaged(digest);
    else if (isManifest) await this.#checkManifest(parts, digest);
  }

  async #checkManifest(parts: Parts, digest: string): Promise<void> {
    const bytes = await parts.store.readBlob(digest);
    if (bytes !== undefined) await this.check(parts, digest, bytes);
  }
}
