import type { ContentStore } from '../../store/content-store.ts';
import type { VerdictStore } from '../../store/verdicts.ts';
import type { KeepClientOpen } from '../contract/keep-client-open.ts';
import type { AskManifestDeps } from '../manifests/manifest-deps.ts';
import type { RulesOf } from './trust-rules.ts';

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
export interface TrustDeps {
  /** The rules that are in force. Undefined where there are none. */
  readonly rules: () => RulesOf | undefined;
  readonly store: Pick<ContentStore, 'readBlob'>;
  readonly verdicts: VerdictStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of each verdict that was not known before. */
  readonly onDecision: (decision: TrustDecision) => void;
  /** A verdict could not be written. It counts until egress ends. */
  readonly onNotKept: (error: unknown) => void;
}

/** The upstream of a check. */
export interface TrustUpstream extends AskManifestDeps {
  readonly upstreamId: string;
  /** The path that repositories have before their names at the upstream; empty for none. */
  readonly repositoryPrefix: string;
  readonly keepClientOpen: KeepClientOpen;
}
