/** A public key as JSON (RFC 7517), with the members that a signature is checked by. */
export type PublicJwk = Readonly<Record<string, string>>;

/** Where the public keys of an issuer come from. */
export type IssuerKeys =
  | { readonly from: 'file'; readonly keys: readonly PublicJwk[] }
  | { readonly from: 'url'; readonly url: string }
  /** OpenID discovery at the issuer's own URL. */
  | { readonly from: 'discovery' };

/** An issuer whose tokens are accepted as passwords. `config` has checked it. */
export interface IssuerOptions {
  /** The claim `iss`, which is a URL. */
  readonly issuer: string;
  /** The claim `aud` has to have it. */
  readonly audience: string;
  readonly keys: IssuerKeys;
  /** Name of the claim that is the user. */
  readonly user: string;
  /** Name of the claim with the groups. */
  readonly groups?: string | undefined;
  /** Claims that a token must have, each with its accepted values. */
  readonly require: Readonly<Record<string, readonly string[]>>;
  /** Stands before each user and group. */
  readonly prefix: string;
  /**
   * A hash of all of this, and of the names in the htpasswd file, which no issuer may give to others.
   * Logins end with it (`fingerprintLogin`).
   */
  readonly line: string;
}

/** `issuers.json`, which the auth worker reads again whenever it has changed. */
export interface IssuersFile {
  readonly issuers: readonly IssuerOptions[];
  /** PEM certificates to trust for their keys besides the system's; empty for none. */
  readonly ca: string;
}
