import type { TagReference } from '../../store/tags.ts';
import { isRefusedHere } from '../entrance/is-refused-here.ts';
import { readManifest } from '../manifests/manifest-cache.ts';
import type { StoredManifest } from '../manifests/stored-manifest.ts';
import type { RememberDeps } from './tag-deps.ts';
import { tiersOf } from './tiers.ts';

/** The manifest that a tag named when the upstream last confirmed it. */
export interface RememberedTag {
  readonly manifest: StoredManifest;
  /**
   * For how many milliseconds the manifest may still be served without asking. Negative once that
   * time has passed: so long ago it expired.
   */
  readonly restMs: number;
}

/**
 * Reads a remembered tag; undefined if the tag or its manifest is not in the store, or must not be
 * served any more.
 */
export async function readRememberedTag(
  deps: RememberDeps,
  reference: TagReference,
): Promise<RememberedTag | undefined> {
  const record = await deps.tags.read(reference);
  if (record === undefined) return undefined;
  const { repository, tag } = reference;
  const manifest = await readManifest(deps, repository, record.digest, tag).catch(
    (error: unknown) => {
      // The registry may have another manifest under this tag by now.
      if (isRefusedHere(error)) return undefined;
      throw error;
    },
  );
  if (manifest === undefined) return undefined;
  const ageMs = deps.now() - record.confirmedAtMs;
  // A time of confirmation in the future comes from a wrong clock.
  const restMs = ageMs < 0 ? 0 : tiersOf(deps.tagRules)(reference.tag).timeMs - ageMs;
  return { manifest, restMs };
}
