import type { Cloud, Secret } from '@registry-cache/domain';
import type { Send } from './send.ts';

/** A login that a cloud's identity gives. */
export type CloudLogin =
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  /** A refresh token for the token service of the registry. */
  | { readonly kind: 'identity-token'; readonly token: Secret };

/** A registry that gets the identity of its cloud. */
export interface CloudRegistry {
  readonly cloud: Cloud;
  /** The registry's name, `example.azurecr.io`. It need not be where the registry is. */
  readonly host: string;
  /** Where the registry is: `https://example.azurecr.io`. */
  readonly origin: string;
  /** Sends requests to the registry itself. */
  readonly send: Send;
}

/** A login, and how long it lasts from the moment when it was asked for. */
export interface FreshLogin {
  readonly login: CloudLogin;
  readonly lifetimeMs: number;
}

/** The ways out, and the variables of the process. */
export interface CloudDeps {
  /** Sends requests to a cloud's services, by https. */
  readonly sendOut: Send;
  /** Sends requests to the metadata service of this machine, by plain http. */
  readonly sendInside: Send;
  readonly env: Readonly<Record<string, string | undefined>>;
}
