/** Bytes of the registry that may be a signature of an image. Nothing in them is believed yet. */
export type Evidence = SimpleSigning | BundleEvidence;

/** A layer of cosign's older form: a payload, and its signature in the layer's annotations. */
export interface SimpleSigning {
  readonly kind: 'simple-signing';
  readonly payload: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A Sigstore bundle. */
export interface BundleEvidence {
  readonly kind: 'bundle';
  readonly bytes: Uint8Array;
}
