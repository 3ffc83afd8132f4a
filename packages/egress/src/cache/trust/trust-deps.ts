import type { TrustRule } from '@registry-cache/domain';
import type { SignatureSource } from '@registry-cache/trust';
import type { KeepClientOpen } from '../contract/keep-client-open.ts';
import type { AskManifestDeps } from '../manifests/manifest-deps.ts';
import type { CheckedUpstream, VerdictCheckDeps } from '../verdicts/check-deps.ts';

/** How a signature was found. */
export interface TrustDecision {
  /** The upstream's name. */
  readonly upstream: string;
  /** `<registry>/<repository>` */
  readonly image: string;
  readonly digest: string;
  readonly outcome: 'verified' | 'refused' | 'unknown' | 'warned';
  /** The number of the rule in the policy file. */
  readonly rule: number;
  /** The signer, or the reason of a refusal. */
  readonly because: string;
}

/** The collaborators of all upstreams' checks. */
export interface TrustDeps
  extends Pick<
    VerdictCheckDeps<TrustUpstream, TrustRule>,
    'rulesOf' | 'store' | 'verdicts' | 'now' | 'onNotKept'
  > {
  /** Told of each verdict that was not known before. */
  readonly onDecision: (decision: TrustDecision) => void;
}

/** The upstream of a check. */
export interface TrustUpstream extends AskManifestDeps, CheckedUpstream {
  /** The path that repositories have before their names at the upstream; empty for none. */
  readonly repositoryPrefix: string;
  readonly keepClientOpen: KeepClientOpen;
  /** Signatures that pushes and imports have brought. The registry need not have them. */
  readonly brought: (repository: string) => SignatureSource;
}
