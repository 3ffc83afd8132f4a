import type { AccessPolicy } from './access-options.ts';

/**
 * What the configuration says about rights, for programs that explain them and may not read the
 * secrets beside it. The names of the registries are in a file of their own.
 */
export interface ExplainFacts {
  /** Whether clients can log in. */
  readonly hasLogins: boolean;
  /** The users of the htpasswd file; undefined where issuers may name more of them. */
  readonly users?: readonly string[] | undefined;
  /** The htpasswd file, as the operator knows it. */
  readonly htpasswdFile: string;
  /** The rules of access; undefined where the policy file has none. */
  readonly access?: AccessPolicy | undefined;
  /** The rules in their place where registries decide about clients by themselves. */
  readonly open?: AccessPolicy | undefined;
  /** The rules of trust that refuse images without a good signature. */
  readonly enforced: readonly EnforcedTrust[];
}

export interface EnforcedTrust {
  /** From 1, as the policy file has it. */
  readonly number: number;
  readonly images: readonly string[];
}
