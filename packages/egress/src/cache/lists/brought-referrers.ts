import { asObject } from '@registry-cache/domain';
import type { PinStore } from '../../store/pins.ts';
import { hasForeignCursor } from '../../wire/http/cursor.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { SubjectMemory } from '../here/subjects.ts';
import { readLinked } from '../manifests/manifest-cache.ts';
import type { ReadManifestDeps } from '../manifests/manifest-deps.ts';
import { type DescribedReferrer, describeReferrer } from './describe-referrer.ts';
import type { RegistryList } from './list-memory.ts';
import { filteredIndex, parseIndex, type Referrer } from './referrers-index.ts';

export interface BroughtReferrersDeps extends Omit<ReadManifestDeps, 'entrance'> {
  readonly pins: PinStore;
  readonly subjects: SubjectMemory;
}

/** The referrers of a manifest that were pushed here, or came from a bundle. */
export async function readBroughtReferrers(
  deps: BroughtReferrersDeps,
  repository: string,
  subject: string,
): Promise<DescribedReferrer[]> {
  const found: DescribedReferrer[] = [];
  for (const digest of await deps.pins.listBrought(deps.upstreamId, repository)) {
    const read = () => readLinked(deps, repository, digest);
    const refers = await deps.subjects.refersTo(digest, subject, async () => (await read())?.bytes);
    const manifest = refers ? await read() : undefined;
    if (manifest !== undefined) found.push(describeReferrer(manifest));
  }
  return found;
}

/** The registry's list with those entries that it lacks, on its last page. */
export function withReferrers(
  list: RegistryList,
  brought: readonly Referrer[],
  request: RegistryRequest,
): RegistryList {
  const entries = parseIndex(list.bytes);
  const isLast = list.headers.link === undefined && !hasForeignCursor(request.target);
  if (entries === undefined || !isLast) return list;
  const known = new Set(entries.map((entry) => asObject(entry).digest));
  const missing = brought.filter(({ digest }) => !known.has(digest));
  return missing.length === 0 ? list : filteredIndex([...entries, ...missing], request);
}
