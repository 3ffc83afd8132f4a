import type { TagPlace } from '../../store/tags.ts';
import { readManifest } from '../manifests/manifest-cache.ts';
import type { StoredManifest } from '../manifests/stored-manifest.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { tiersOf } from './tiers.ts';

/** What a tag was when the upstream last said so. */
export interface RememberedTag {
  readonly manifest: StoredManifest;
  /** Milliseconds that it may still be served without asking; 0 and less: none, for so long. */
  readonly restMs: number;
}

/** The memory of a tag, where its manifest is here as well. */
export async function readRememberedTag(
  context: UpstreamContext,
  place: TagPlace,
): Promise<RememberedTag | undefined> {
  const record = await context.tags.read(place);
  if (record === undefined) return undefined;
  const manifest = await readManifest(context, place.repository, record.digest);
  if (manifest === undefined) return undefined;
  const ageMs = context.now() - record.confirmedAtMs;
  // A confirmation that is still to come was made by a clock that went wrong.
  const restMs = ageMs < 0 ? 0 : tiersOf(context.tagRules)(place.tag).timeMs - ageMs;
  return { manifest, restMs };
}
