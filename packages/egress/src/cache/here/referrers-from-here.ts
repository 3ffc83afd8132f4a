import { asObject, isDigest, type RegistryPath, referrersTag } from '@registry-cache/domain';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import { type DescribedReferrer, describeReferrer } from '../lists/describe-referrer.ts';
import { filteredIndex, parseIndex, type Referrer } from '../lists/referrers-index.ts';
import { listResponse } from '../lists/respond-with-list.ts';
import { readLinked } from '../manifests/manifest-cache.ts';
import { readRememberedTag } from '../tags/remembered-tag.ts';
import type { HereDeps } from './here-deps.ts';
import { notHere } from './not-here.ts';

type ReferrersPath = Extract<RegistryPath, { kind: 'referrers' }>;

/** More manifests of one repository are not looked at. */
const MAX_REVISIONS = 5_000;
/** How many of them are read at once. */
const BATCH = 16;

/**
 * Responds with the referrers that are here: manifests with that subject, and entries of the
 * fallback tag. The list may be empty.
 * @throws RegistryError 403 if the repository has no manifest here.
 */
export async function referrersFromHere(
  deps: HereDeps,
  request: RegistryRequest,
  { repository, digest }: ReferrersPath,
  refusal: string,
): Promise<RegistryResponse> {
  const entries = await listEntries(deps, repository, digest);
  if (entries === undefined) throw notHere(refusal);
  return listResponse(filteredIndex(entries, request), request, 'STALE');
}

/**
 * The same, for the time when the upstream does not answer. Undefined where none is here: that does
 * not mean that the registry has no referrers. With `isWhole` the list may be empty.
 */
export async function knownReferrersFromHere(
  deps: HereDeps,
  request: RegistryRequest,
  { repository, digest }: ReferrersPath,
  isWhole: boolean,
): Promise<RegistryResponse | undefined> {
  const entries = await listEntries(deps, repository, digest);
  if (entries === undefined || (entries.length === 0 && !isWhole)) return undefined;
  return listResponse(filteredIndex(entries, request), request, 'STALE');
}

/** Undefined if the repository has no manifest here. */
async function listEntries(
  deps: HereDeps,
  repository: string,
  digest: string,
): Promise<Referrer[] | undefined> {
  const revisions = (await deps.listRevisions(repository)).toSorted().slice(0, MAX_REVISIONS);
  if (revisions.length === 0) return undefined;
  const tagged = await readFallbackTag(deps, repository, digest, new Set(revisions));
  const known = new Set(tagged.map((entry) => asObject(entry).digest));
  const found = await findReferrers(deps, repository, digest, revisions);
  return [...tagged, ...found.filter((entry) => !known.has(entry.digest))];
}

/** The entries of the fallback tag that are here too. */
async function readFallbackTag(
  deps: HereDeps,
  repository: string,
  subject: string,
  revisions: ReadonlySet<string>,
): Promise<Referrer[]> {
  const { upstreamId } = deps;
  const tag = referrersTag(subject);
  const remembered = await readRememberedTag(deps, { upstreamId, repository, tag });
  const entries = remembered === undefined ? [] : (parseIndex(remembered.manifest.bytes) ?? []);
  return entries.filter((entry) => {
    const { digest } = asObject(entry);
    return typeof digest === 'string' && isDigest(digest) && revisions.has(digest);
  });
}

async function findReferrers(
  deps: HereDeps,
  repository: string,
  subject: string,
  revisions: readonly string[],
): Promise<DescribedReferrer[]> {
  const found: DescribedReferrer[] = [];
  for (let start = 0; start < revisions.length; start += BATCH) {
    const batch = revisions.slice(start, start + BATCH).map(async (digest) => {
      const read = () => readLinked(deps, repository, digest);
      const refers = await deps.subjects.refersTo(
        digest,
        subject,
        async () => (await read())?.bytes,
      );
      return refers ? await read() : undefined;
    });
    for (const manifest of await Promise.all(batch)) {
      if (manifest !== undefined) found.push(describeReferrer(manifest));
    }
  }
  return found;
}
