interface RefusalOptions {
  readonly mayChange?: boolean;
  readonly isAboutKeys?: boolean;
}

/** A token of an issuer is not accepted. The message never has a part of the token. */
export class TokenRefusedError extends Error {
  readonly code = 'AUTH_TOKEN_REFUSED';
  /** Whether the same token may be accepted later, while issuers and keys stay the same. */
  readonly mayChange: boolean;
  /** Whether other keys of the issuer could accept the token. */
  readonly isAboutKeys: boolean;

  constructor(message: string, options: RefusalOptions = {}) {
    super(message);
    this.name = 'TokenRefusedError';
    this.mayChange = options.mayChange ?? false;
    this.isAboutKeys = options.isAboutKeys ?? false;
  }
}

/** The keys of an issuer are not known here, because it does not answer. */
export class IssuerDownError extends Error {
  readonly code = 'AUTH_ISSUER_DOWN';

  constructor(issuer: string) {
    super(`the keys of ${issuer} cannot be fetched just now; try again in a moment`);
    this.name = 'IssuerDownError';
  }
}
