import type { TrustSigner } from '@registry-cache/domain';

/** A signature that counts if its certificate, of a short life, names this identity. */
export type IdentitySigner = Extract<TrustSigner, { kind: 'identity' }>;

/** One signature by any of these signers is enough. */
export interface SignatureRule {
  readonly anyOf: readonly TrustSigner[];
}

/** The image whose signature is looked for. */
export interface SignedImage {
  /**
   * The names that a signature may give to the repository, without the registry. An image keeps
   * its signature when it is copied to another registry, but not to another repository.
   */
  readonly repositories: readonly string[];
  readonly digest: string;
  /** The manifest itself. */
  readonly bytes: Uint8Array;
}
