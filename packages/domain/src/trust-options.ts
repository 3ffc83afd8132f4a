/** `trust` of the policy file, with the contents of the files that it names. */
export interface TrustRule {
  /** Its number in the policy file, from 1. */
  readonly number: number;
  /** Image patterns of the package access, as images are named here. */
  readonly images: readonly string[];
  /** `enforce`: an image without a good signature is refused. `warn`: it is served and reported. */
  readonly mode: 'enforce' | 'warn';
  /** A signature by one of these is enough. */
  readonly anyOf: readonly TrustSigner[];
}

export type TrustSigner =
  | {
      readonly kind: 'key';
      /** Path of the key, for messages. */
      readonly name: string;
      /** The public key itself. */
      readonly pem: string;
    }
  | {
      readonly kind: 'identity';
      /** A glob: `*` within one part, `**` across parts. */
      readonly identity: string;
      readonly issuer: string;
      /** JSON of Sigstore's `trusted_root.json`. */
      readonly root: string;
    };
