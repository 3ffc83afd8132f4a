import { servedType } from '@registry-cache/domain';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { acceptAllStorable } from '../../wire/http/accept.ts';
import { headNeedsGet } from '../../wire/http/refused-head.ts';
import { joinInSpan } from '../../wire/spans.ts';
import { discard } from '../../wire/transport/reply.ts';
import { whileClientOpen } from '../contract/keep-client-open.ts';
import { askManifest, getManifest, type ManifestAsk } from './ask-manifest.ts';
import type {
  AskManifestDeps,
  FetchManifestDeps,
  ReadManifestDeps,
  StoreManifestDeps,
} from './manifest-deps.ts';
import type { StoredManifest } from './stored-manifest.ts';

/**
 * Reads a manifest from the store; undefined if it is missing or the repository has no link.
 * @param tag that it is asked for by, if any.
 * @throws RegistryError if it must not be served: the rules may have changed since it was stored.
 */
export async function readManifest(
  deps: ReadManifestDeps,
  repository: string,
  digest: string,
  tag?: string,
): Promise<StoredManifest | undefined> {
  const manifest = await readLinked(deps, repository, digest);
  if (manifest === undefined) return undefined;
  const { bytes } = manifest;
  const isHere = await deps.revisions.hasEntered(deps.upstreamId, repository, digest);
  await deps.entrance.admit({ repository, tag, digest, bytes, isHere });
  return manifest;
}

/** The same for manifests that are only looked at, and not served. */
export async function readLinked(
  { upstreamId, revisions, store }: Omit<ReadManifestDeps, 'entrance'>,
  repository: string,
  digest: string,
): Promise<StoredManifest | undefined> {
  if (!(await revisions.has(upstreamId, repository, digest))) return undefined;
  return readBytes(store, digest);
}

/**
 * Fetches a manifest by its digest and stores it, once for all callers at the same time. Bytes that
 * are stored for another repository are not fetched again. But only the upstream decides whether
 * this repository has them.
 * @throws RegistryError; TransportError where the body broke off; an error of the disk.
 */
export function fetchManifestOnce(
  deps: FetchManifestDeps,
  repository: string,
  digest: string,
  accept: string | undefined,
  tag?: string,
): Promise<StoredManifest> {
  // What may enter under one tag may not enter under another one yet.
  const key = `manifest ${deps.upstreamId} ${repository} ${digest} ${tag ?? ''}`;
  return joinInSpan(deps.spans, deps.manifestFetches, key, 'manifest', () =>
    whileClientOpen(deps, async () => {
      // Another fetch may have ended since the caller looked.
      const again = await readManifest(deps, repository, digest, tag);
      if (again !== undefined) return again;
      await deps.entrance.recall(repository, digest);
      const ask = { repository, reference: digest, accept: acceptAllStorable(accept) };
      const stored = await readBytes(deps.store, digest);
      const isAllowed = stored !== undefined && (await upstreamHas(deps, ask));
      const manifest = isAllowed ? stored : await getManifest(deps, ask);
      await enterManifest(deps, { repository, tag }, manifest);
      return manifest;
    }),
  );
}

/** Whether the upstream affirms a HEAD; false where only a GET can tell. */
async function upstreamHas(deps: AskManifestDeps, ask: ManifestAsk): Promise<boolean> {
  const reply = await askManifest(deps, 'HEAD', ask);
  if (headNeedsGet(reply, [])) {
    await discard(reply);
    return false;
  }
  if (reply.status !== 200) throw await upstreamError(reply, deps.key, 'manifest');
  await discard(reply);
  return true;
}

/**
 * Admits a manifest of the upstream and stores it.
 * @returns whether the manifest is in the store now.
 * @throws RegistryError if it is refused. Then it is not linked.
 */
export async function enterManifest(
  deps: StoreManifestDeps,
  { repository, tag }: { readonly repository: string; readonly tag: string | undefined },
  manifest: StoredManifest,
): Promise<boolean> {
  const { digest, bytes } = manifest;
  await deps.entrance.admit({ repository, tag, digest, bytes, isHere: false });
  return storeManifest(deps, repository, manifest);
}

/**
 * Stores a manifest of the upstream: the data first, the link after it. A failure of the store must
 * not cost a client its response, so it is only reported.
 * @returns whether the manifest is in the store now.
 */
async function storeManifest(
  { upstreamId, store, revisions, entered, onNotStored }: StoreManifestDeps,
  repository: string,
  manifest: StoredManifest,
): Promise<boolean> {
  if (!manifest.isStorable) return false;
  try {
    await store.storeBytes(manifest.digest, manifest.bytes);
    const isKnown = await revisions.has(upstreamId, repository, manifest.digest);
    await revisions.link(upstreamId, repository, manifest.digest);
    if (!isKnown) entered.add({ upstreamId, repository, digest: manifest.digest });
    return true;
  } catch (error) {
    onNotStored(manifest.digest, error);
    return false;
  }
}

async function readBytes(
  store: ReadManifestDeps['store'],
  digest: string,
): Promise<StoredManifest | undefined> {
  const bytes = await store.readBlob(digest);
  const type = bytes === undefined ? undefined : servedType(bytes);
  if (bytes === undefined || type === undefined) return undefined;
  return { digest, bytes, type, isStorable: true };
}
