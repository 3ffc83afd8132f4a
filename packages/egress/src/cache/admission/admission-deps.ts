import type { AdmissionAsk, AdmissionRule } from '@registry-cache/domain';
import type { FirstSeenStore } from '../../store/first-seen.ts';
import type { TagStore } from '../../store/tags.ts';
import type { CheckedUpstream, VerdictCheckDeps } from '../verdicts/check-deps.ts';
import type { Answer, Question } from './question.ts';

/** What a rule said about an image. */
export interface AdmissionDecision {
  /** The upstream's name. */
  readonly upstream: string;
  /** `<registry>/<repository>` */
  readonly image: string;
  readonly digest: string;
  /** `waiting`: it is too young. `unknown`: the scanner could not be asked. */
  readonly outcome: 'admitted' | 'refused' | 'waiting' | 'unknown';
  /** The number of the rule in the policy file. */
  readonly rule: number;
  readonly because: string;
}

/** The upstream of a check. */
export interface AdmissionUpstream extends CheckedUpstream {
  /** Keeps an image that has to wait, without a link. Nothing of it is served. */
  readonly keepWaiting: (repository: string, digest: string, bytes: Uint8Array) => void;
}

/** The collaborators of all upstreams' checks. */
export interface AdmissionDeps
  extends Pick<
    VerdictCheckDeps<AdmissionUpstream, AdmissionRule>,
    'rulesOf' | 'store' | 'verdicts' | 'now' | 'onNotKept'
  > {
  readonly seen: FirstSeenStore;
  readonly tags: Pick<TagStore, 'read'>;
  /** Never rejects. */
  readonly ask: (ask: AdmissionAsk, question: Question) => Promise<Answer>;
  /** Told of each verdict that was not known before. */
  readonly onDecision: (decision: AdmissionDecision) => void;
}
