import type { Issue } from '@registry-cache/domain';
import type { KeyText } from '../certificate/parse.ts';

/** Everything that was read, as text. An optional file that is absent is undefined. */
export interface Inputs extends FileInputs, CertificateInputs, PolicyInputs {
  /** The files that should have been readable and were not. */
  readonly issues: readonly Issue[];
}

/** The files that the settings name. */
export interface FileInputs extends PullSecretInput {
  readonly policy: string | undefined;
  readonly htpasswd: string | undefined;
  readonly upstreamCa: string | undefined;
  /** Where LOG_FORWARD_CA_PATH names a file and there are collectors. */
  readonly forwardCa?: string | undefined;
  /** Where PEERS names replicas. */
  readonly peerSecret?: string | undefined;
  /** Egress's record of registries that clients asked for. */
  readonly onDemand?: string | undefined;
}

export interface PullSecretInput {
  readonly pullSecret: string | undefined;
  /** Whether there is no pull secret, and this is the one of the public registries. */
  readonly isPublic?: boolean;
}

/** The certificates of the edge. */
export interface CertificateInputs {
  /** Certificate and chain, and the key where that has no file of its own. */
  readonly certificate: string | undefined;
  /** Undefined where the key is in the certificate's file. */
  readonly certificateKey?: KeyText | undefined;
  /** Of the proxy; undefined where that is off, or where there is none yet. */
  readonly authority: AuthorityInput | undefined;
}

export interface AuthorityInput {
  /** Path of the certificate, for messages. */
  readonly file: string;
  readonly certificate: string;
  readonly key: string;
}

/** The files that the policy names. */
export interface PolicyInputs {
  /** `ca` of the policy, as written there (a path or PEM text), to PEM text. */
  readonly authorities: ReadonlyMap<string, string>;
  /** `cert` and `key` of the policy's client certificates, as written there, to PEM text. */
  readonly clientFiles: ReadonlyMap<string, string>;
  /** Public keys of issuers: the path in the policy, to the text there. */
  readonly keyFiles: ReadonlyMap<string, string>;
  /** Keys and trust roots of the policy's rules for signatures, by their paths. */
  readonly trustFiles: ReadonlyMap<string, string>;
  /** Tokens of scanners, by the paths in the policy. */
  readonly tokenFiles: ReadonlyMap<string, string>;
  /** Paths that only the policy names, also of files that could not be read. */
  readonly policyFiles: readonly string[];
}
