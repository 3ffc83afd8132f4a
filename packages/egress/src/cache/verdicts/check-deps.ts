import type { ContentStore } from '../../store/content-store.ts';
import type { VerdictStore } from '../../store/verdicts.ts';
import type { Entering, EntranceCheck } from '../entrance/entrance-check.ts';
import type { ReadBlob } from './documents.ts';
import type { RulesOf, RulesOfImage } from './image-rules.ts';
import type { RepositoryVerdicts } from './repository-verdicts.ts';

/** What all rules for an image say together. */
export type Outcome =
  | {
      readonly kind: 'verified';
      /** The signer, or whoever else said yes. */
      readonly by: string;
      /** False where a rule that only warns could not be checked. */
      readonly isLasting?: boolean;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The upstream of a check. */
export interface CheckedUpstream {
  /** The upstream's name. */
  readonly key: string;
  readonly upstreamId: string;
  /** Reads a blob from the store, or else from the upstream. Nothing of it is stored. */
  readonly readBlob: ReadBlob;
}

/** The manifest that a verdict is sought for. */
export type Manifest = Pick<Entering, 'digest' | 'bytes'> & Partial<Entering>;

/** The repository of a check, and the rules for it. */
export interface Scope<Upstream, Rule> {
  readonly upstream: Upstream;
  readonly repository: string;
  /** `<registry>/<repository>` */
  readonly image: string;
  readonly rules: RulesOfImage<Rule>;
  readonly verdicts: RepositoryVerdicts;
}

export interface VerdictCheckDeps<Upstream, Rule> {
  readonly phase: EntranceCheck['phase'];
  /** The rules that are in force. */
  readonly rulesOf: RulesOf<Rule>;
  /** Finds a verdict that is not known. Never rejects. */
  readonly find: (scope: Scope<Upstream, Rule>, manifest: Manifest) => Promise<Outcome>;
  /** Why a blob is refused that no image with a good verdict names. */
  readonly noImage: string;
  /** After this time a refused image is looked at again. */
  readonly refusedForMs: number;
  /** After this time the caller is told to come again. The search goes on. */
  readonly patience?: { readonly limitMs: number; readonly reason: string };
  readonly store: Pick<ContentStore, 'readBlob'>;
  readonly verdicts: VerdictStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A verdict could not be written. It counts until egress ends. */
  readonly onNotKept: (error: unknown) => void;
}
