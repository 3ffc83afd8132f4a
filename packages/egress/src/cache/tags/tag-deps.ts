import type { TagRules } from '@registry-cache/domain';
import type { TagStore } from '../../store/tags.ts';
import type { Health } from '../../upstream/health/health.ts';
import type {
  FetchManifestDeps,
  ManifestDeps,
  ReadManifestDeps,
} from '../manifests/manifest-deps.ts';
import type { CheckBackoff } from '../memory/check-backoff.ts';

/** Reads what a tag was. */
export interface RememberDeps extends ReadManifestDeps {
  readonly tags: TagStore;
  readonly tagRules: TagRules;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Asks the upstream what a tag is, and remembers it. */
export interface CheckDeps extends FetchManifestDeps, RememberDeps {
  readonly store: FetchManifestDeps['store'];
  readonly checkBackoff: CheckBackoff;
}

/** The collaborators of responses with a manifest by its tag. */
export interface TagDeps extends CheckDeps, ManifestDeps {
  readonly health: Health;
  /** An expired manifest was sent, because the upstream could not be asked. */
  readonly onStale: () => void;
}
