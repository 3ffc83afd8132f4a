import type { TagRules } from '@registry-cache/domain';
import type { PinStore } from '../../store/pins.ts';
import type { TagReference, TagStore } from '../../store/tags.ts';
import type { Health } from '../../upstream/health/health.ts';
import type {
  FetchManifestDeps,
  ManifestDeps,
  ReadManifestDeps,
} from '../manifests/manifest-deps.ts';
import type { CheckBackoff } from './check-backoff.ts';

/** Reads remembered tags. */
export interface RememberDeps extends ReadManifestDeps {
  readonly tags: TagStore;
  readonly pins: PinStore;
  readonly tagRules: TagRules;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Asks the upstream for the digest of a tag, and remembers it. */
export interface CheckDeps extends FetchManifestDeps, RememberDeps {
  readonly store: FetchManifestDeps['store'];
  readonly checkBackoff: CheckBackoff;
  /** The upstream has deleted a tag, and its stored content is kept. */
  readonly onTagGone: (reference: TagReference) => void;
}

/** The collaborators of responses with a manifest by its tag. */
export interface TagDeps extends CheckDeps, ManifestDeps {
  readonly health: Health;
  /** An expired manifest was sent, because the upstream could not be asked. */
  readonly onStale: () => void;
}
