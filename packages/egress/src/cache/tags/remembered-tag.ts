import type { TagPlace } from '../../store/tags.ts';
import type { Source } from '../contract/upstream-context.ts';
import { readHeld } from '../manifests/manifest-cache.ts';
import type { Held } from '../manifests/stored-manifest.ts';
import { tiersOf } from './tiers.ts';

/** What a tag was when the upstream last said so. */
export interface Known {
  readonly held: Held;
  /** Milliseconds that it may still be served without asking; 0 and less: none, for so long. */
  readonly restMs: number;
}

/** The memory of a tag, where its manifest is here as well. */
export async function recall(source: Source, place: TagPlace): Promise<Known | undefined> {
  const record = await source.tags.read(place);
  if (record === undefined) return undefined;
  const held = await readHeld(source, place.repository, record.digest);
  if (held === undefined) return undefined;
  const ageMs = source.now() - record.confirmedAtMs;
  // A confirmation that is still to come was made by a clock that went wrong.
  const restMs = ageMs < 0 ? 0 : tiersOf(source.tagRules)(place.tag).timeMs - ageMs;
  return { held, restMs };
}
