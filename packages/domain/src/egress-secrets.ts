import type { Cloud } from './clouds.ts';

/**
 * Credentials by upstream id. An upstream without an entry is anonymous. Token services with
 * credentials of their own have entries under their `realmKey`.
 */
export type CredentialsFile = Readonly<Record<string, Credential>>;

/** Client certificates by upstream id. */
export type ClientCertificatesFile = Readonly<Record<string, ClientCertificate>>;

/** Tokens of scanners by their URL, which alone gets them. */
export type ScannerTokensFile = Readonly<Record<string, string>>;

/** Both are PEM. The certificate may be followed by its chain. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * The key of a token service; unique, because upstream ids have no colon. `host` includes its port,
 * if any.
 */
export function realmKey(host: string): string {
  return `realm:${host}`;
}

export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token, as `docker login` stores it. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** A Bearer token for the registry itself, used as it is. */
  | { readonly kind: 'registry-token'; readonly token: string }
  /**
   * A credential helper: `docker-credential-<program> get`, with `serverUrl` on its standard input.
   */
  | { readonly kind: 'helper'; readonly program: string; readonly serverUrl: string }
  /** The identity of a cloud, for its registry of this name. */
  | { readonly kind: 'cloud'; readonly cloud: Cloud; readonly host: string };
