import { parseDescriptors } from '@registry-cache/domain';
import type { KeptVerdict } from '../../store/verdicts.ts';

/** The verdicts of one repository are dropped from the oldest on, beyond this number. */
const MAX_VERDICTS = 5_000;
/** No real index has so many entries. The rest of a longer one is not covered by its signature. */
const MAX_CHILDREN = 2_000;
const MAX_NOTED = 5_000;
/** A manifest of 4 MiB can name thousands of blobs. */
const MAX_OWNED = 50_000;
/** About what a verdict takes in memory, a digest of a set, and a blob with its manifest. */
const VERDICT_BYTES = 500;
const DIGEST_BYTES = 120;
const OWNED_BYTES = 300;

/** What is known of the images of one repository, and of the blobs that they name. */
export class RepositoryVerdicts {
  readonly kept: Map<string, KeptVerdict>;
  /** Manifests that are admitted without a verdict of their own, such as signatures. */
  #passing = new Set<string>();
  /** A blob, to the manifests that name it. */
  readonly #owners = new Map<string, Set<string>>();
  readonly #noted = new Set<string>();
  #ownedBlobs = 0;
  #generation = '';
  /** Resolves when the blobs of all kept manifests are known. */
  #owned: Promise<void> | undefined;

  constructor(kept: Map<string, KeptVerdict>) {
    this.kept = kept;
  }

  get sizeBytes(): number {
    const digests = this.#passing.size + this.#noted.size;
    return this.kept.size * VERDICT_BYTES + digests * DIGEST_BYTES + this.#ownedBlobs * OWNED_BYTES;
  }

  /** Forgets what was admitted by other rules without a verdict. */
  useGeneration(generation: string): void {
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#passing = new Set();
  }

  isVerified(digest: string): boolean {
    const known = this.kept.get(digest);
    return known?.generation === this.#generation && known.isRefused !== true;
  }

  /** Why these rules refused a manifest that is here. */
  refusalOf(digest: string): string | undefined {
    const known = this.kept.get(digest);
    const isRefused = known?.generation === this.#generation && known.isRefused === true;
    return isRefused ? known.by : undefined;
  }

  /** Keeps a refusal. @returns whether it is new. */
  refuse(digest: string, reason: string): boolean {
    this.#passing.delete(digest);
    if (this.refusalOf(digest) === reason) return false;
    const parent = this.kept.get(digest)?.parent;
    this.#set(digest, { generation: this.#generation, by: reason, parent, isRefused: true });
    return true;
  }

  isAdmitted(digest: string): boolean {
    return this.isVerified(digest) || this.#passing.has(digest);
  }

  /** Admits a manifest until the rules change. Its verdict is not kept. */
  pass(digest: string, bytes: Uint8Array): void {
    if (this.#passing.size >= MAX_NOTED) this.#passing.clear();
    this.#passing.add(digest);
    this.#note(digest, bytes);
  }

  /**
   * Keeps the good verdict on a manifest, and covers the manifests that it names.
   * @returns whether anything has changed.
   */
  keep(digest: string, bytes: Uint8Array, by: string, parent?: string): boolean {
    const isNew = !this.isVerified(digest);
    if (isNew) this.#set(digest, { generation: this.#generation, by, parent });
    if (!this.#note(digest, bytes) && !isNew) return false;
    const children = parseDescriptors(bytes).filter(({ isManifest }) => isManifest);
    const added = children
      .slice(0, MAX_CHILDREN)
      .filter((child) => !this.isVerified(child.digest))
      .map((child) => {
        return this.#set(child.digest, { generation: this.#generation, by, parent: digest });
      });
    return isNew || added.length > 0;
  }

  /** The manifests that name a blob. @param read the bytes of a manifest, if they are here. */
  async ownersOf(
    blob: string,
    read: (digest: string) => Promise<Uint8Array | undefined>,
  ): Promise<string[]> {
    this.#owned ??= this.#noteAll(read);
    await this.#owned;
    return [...(this.#owners.get(blob) ?? [])];
  }

  async #noteAll(read: (digest: string) => Promise<Uint8Array | undefined>): Promise<void> {
    for (const [digest, { isRefused }] of [...this.kept]) {
      const isKnown = this.#noted.has(digest) || isRefused === true;
      const bytes = isKnown ? undefined : await read(digest);
      if (bytes !== undefined) this.#note(digest, bytes);
    }
  }

  /** @returns false if the manifest was noted before */
  #note(digest: string, bytes: Uint8Array): boolean {
    if (this.#noted.has(digest)) return false;
    if (this.#noted.size >= MAX_NOTED || this.#ownedBlobs >= MAX_OWNED) {
      this.#noted.clear();
      this.#owners.clear();
      this.#ownedBlobs = 0;
      this.#owned = undefined;
    }
    this.#noted.add(digest);
    for (const { digest: blob, isManifest } of parseDescriptors(bytes)) {
      if (isManifest) continue;
      const owners = this.#owners.get(blob) ?? new Set();
      this.#owners.set(blob, owners.add(digest));
      this.#ownedBlobs += 1;
    }
    return true;
  }

  #set(digest: string, verdict: KeptVerdict): void {
    this.kept.delete(digest);
    this.kept.set(digest, verdict);
    if (this.kept.size <= MAX_VERDICTS) return;
    const [oldest] = this.kept.keys();
    if (oldest !== undefined) this.kept.delete(oldest);
  }
}
