import type { RegistryNames } from './image-pattern.ts';

export const RIGHTS = ['pull', 'fetch', 'push', 'delete'] as const;

/**
 * What a caller may do with an image. `pull` gives what is here. `fetch` brings in what is not, and
 * is nothing without `pull`.
 */
export type Right = (typeof RIGHTS)[number];

/** A rule as the policy file has it. It speaks for the callers and images that it names. */
export interface AccessRule {
  /** See `parseImagePattern`. */
  readonly images: readonly string[];
  /** Names, globs, `group:NAME` or `anonymous`; left out: everybody who is let in. */
  readonly users?: readonly string[] | undefined;
  /** Networks of client addresses; left out: all. */
  readonly from?: readonly string[] | undefined;
  readonly allow?: readonly Right[] | undefined;
  readonly deny?: readonly Right[] | undefined;
  /** For the client that is refused. */
  readonly because?: string | undefined;
}

/** The rules, and what they are read against. Plain data. */
export interface AccessPolicy {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Rights of callers without a login; undefined: where there are logins, they are not let in. */
  readonly anonymous?: readonly Right[] | undefined;
  /** Rights where no rule speaks. */
  readonly default: readonly Right[];
  readonly rules: readonly AccessRule[];
  /** Whether clients can log in. Without that everybody is `anonymous`, and `default` counts. */
  readonly hasLogins: boolean;
  readonly names: RegistryNames;
  /** Undefined where no registry decides about clients by itself. */
  readonly asked?: AskedRegistries | undefined;
}

/**
 * Registries that decide by themselves who may pull. Each entry is a registry, or a registry with a
 * namespace. The longest entry that an image begins with counts.
 */
export interface AskedRegistries {
  readonly yes: readonly string[];
  /** Namespaces of those that are left out. */
  readonly no: readonly string[];
}

/** Who asks, after the login. */
export interface Caller {
  /** Undefined without a login. */
  readonly user: string | undefined;
  /** Groups by an issuer's claim. */
  readonly groups: readonly string[];
  /** The client's IP address. */
  readonly address: string;
  /** Whether this is no user of the cache, but one whom the image's own registry lets pull it. */
  readonly isConfirmed?: boolean | undefined;
}
