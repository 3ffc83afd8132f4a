/**
 * Reads from the registry of the image. Each function resolves to undefined where the registry has
 * no such thing, and throws where the registry could not be asked.
 */
export interface SignatureSource {
  /** The bytes of a manifest, by a tag or a digest. */
  readonly manifest: (reference: string) => Promise<Uint8Array | undefined>;
  /** The bytes of a blob; undefined also for a blob of more than `maxBytes`. */
  readonly blob: (digest: string, maxBytes: number) => Promise<Uint8Array | undefined>;
  /** The index of the referrers of a digest; undefined for a registry without that API. */
  readonly referrers: (digest: string) => Promise<Uint8Array | undefined>;
}
