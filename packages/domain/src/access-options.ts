export const RIGHTS = ['pull', 'fetch', 'push', 'delete'] as const;

/**
 * What a caller may do with an image. `pull` gives what is here. `fetch` brings in what is not, and
 * is nothing without `pull`.
 */
export type Right = (typeof RIGHTS)[number];

/** A rule as the policy file has it. It speaks for the callers and images that it names. */
export interface AccessRule {
  /** Image patterns of the package access. */
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

/** Names of registries that mean others, and registries with official images. */
export interface RegistryNames {
  /** An alias, as `index.docker.io`, to the name of the registry: `docker.io`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Registries where a repository of one part lies in `library/`. */
  readonly library: readonly string[];
}

/** The file `<run>/etc/access.json`: what decides, as config renders it and workers read it. */
export interface AccessOptions {
  /** Undefined where the policy file has no rules: whoever is let in may pull and fetch. */
  readonly policy?: AccessPolicy | undefined;
  /** The id of each upstream, to the name of its registry in images: `quay.io`. */
  readonly registries: Readonly<Record<string, string>>;
  /** The registries whose images are pushed here. They are in `registries` too. */
  readonly hosted?: readonly string[] | undefined;
}

/** Who may use the admin API from elsewhere, as the policy file says. */
export interface OperatorRules {
  /** Names, globs, or `group:NAME`: they may see everything, and change it. */
  readonly admin: readonly string[];
  /** The same, or `anonymous`: they may see everything. */
  readonly view: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Whether clients can log in. Without that everybody is `anonymous`. */
  readonly hasLogins: boolean;
}
