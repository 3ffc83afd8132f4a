/** A signature that counts if this public key made it. */
export interface KeySigner {
  readonly kind: 'key';
  /** For messages: the path of the key. */
  readonly name: string;
  /** PEM of an ECDSA, RSA or Ed25519 key. */
  readonly pem: string;
}

/** A signature that counts if its certificate, of a short life, names this identity. */
export interface IdentitySigner {
  readonly kind: 'identity';
  /** A glob: `*` within one part of a URL, `**` across parts. */
  readonly identity: string;
  /** The OpenID issuer that confirmed the identity to the certificate authority. */
  readonly issuer: string;
  /** JSON of Sigstore's `trusted_root.json`. */
  readonly root: string;
}

export type TrustedSigner = KeySigner | IdentitySigner;

/** One signature by any of these signers is enough. */
export interface SignatureRule {
  readonly anyOf: readonly TrustedSigner[];
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
